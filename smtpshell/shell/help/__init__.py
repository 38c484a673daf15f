"""What /help, /explain and the program's --help know.

overview.py  main_help.py   the commands on one screen, for the prompt and for the program
concepts.py       ideas, each a text in concepts/
examples.py       a command's examples
explaining.py     what /explain is asked about; topics.py, verb_topics.py: what is known of a word
"""
