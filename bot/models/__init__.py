"""The records that flow through the pipeline: frozen, keyword-only, times aware and in UTC.

Money is in integer micro-dollars (1 US dollar = 1,000,000).
"""
