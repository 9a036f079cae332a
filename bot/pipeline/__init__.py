"""The sentences of this program, each in the module of its name.

collect_feed:       fetch -> parse -> decide -> write articles -> store all in one transaction
deliver:            render -> begin ("sending", the text frozen) -> publish -> finish
settle:             search for a post that may have been sent, else follow the operator's policy
follow_correction:  edit a post whose story was corrected
"""
