"""What a line is made of, what may be completed, what stands for what.

syntax.py         words with their places, the parts of a command and of a reply
lexer.py          Pygments lexers over that, for whoever colours SMTP elsewhere
completion.py     what may stand at the cursor: shell commands and their arguments
verb_completion.py  addresses.py  files.py    the same for lines to the server, addresses, file names
variables.py      what stands for ${name} in a line
nearest.py        what somebody may have meant
"""
