"""How a command is declared, once: parsing, help, completion and the program's arguments follow from it.

command.py        @command, COMMANDS
argument_types.py  mail_types.py  session_types.py  setting_types.py    what arguments are
needs.py          what must be there before a command can do its work
arguments.py      the program's arguments; subcommand.py: a command as the program's own job
shell_completion.py    scripts for bash, zsh and fish (completions/ has what is ours in them)
"""
