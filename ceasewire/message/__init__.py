"""What an alert says, in every form that it leaves in: text, HTML, JSON. Worker and API compose the same message.

why      the words that made it match, with the text around them
letter   an alert as a person reads it: entries, each with original, translation, warnings, other sources
text, html, payload   the letter in three forms
compose  all of it in one message
"""
