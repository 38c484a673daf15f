"""The terminal: the only part that knows prompt_toolkit, and nothing of SMTP that the interpreter could know.

Read in this order:

repl.py       picks a screen, runs the loop, gives the exit status
dialogue.py   what a line, a paste, Ctrl-C and Ctrl-D mean; questions.py what is asked first
editing.py    what /edit does
pasted.py     what is said about pasted content
turns.py      who may use the connection now: the loop or the worker thread
screen.py     the live prompt: what is printed goes above it
dumb.py       the same for a terminal that can do nothing (TERM=dumb); typed.py its lines
pager.py      the program that long text is read in

One role of prompt_toolkit's each: keyboard.py, keys.py, paste.py, colouring.py, palette.py, completer.py,
validator.py, toolbar.py, history.py, line.py.
"""
