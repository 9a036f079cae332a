"""The desk: people approve posts in a chat, and give the bot commands there.

service.py  one turn of reading, and one of showing      reading.py    updates, each handled once
showing.py  what waits, as messages with buttons         face.py       which buttons these are
deciding.py what a tap, or a text as an answer, does     words.py      in the language of the file
commanding.py hears commands    commands.py  runs them   replies.py    their answers and buttons
"""
