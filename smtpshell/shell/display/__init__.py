"""How what happens is shown.

render.py  safe_text.py     events as styled text, in which nothing a server sends is obeyed
styles.py         every style by name, and the themes
columns.py  paper.py        how wide text is, how wide the terminal, and which characters it has
paging.py         what is longer than the screen
toolbar.py  progress.py     where the session stands; how far a long message has come
numbered.py       findings and their numbers
exchanges.py  hex_view.py   the last exchanges octet by octet; decoding.py: what a text may stand for
timings.py  waterfall.py    what took how long, remembered and drawn
state_picture.py  the diagram of states
comparison.py     the replies of several sessions side by side
"""
