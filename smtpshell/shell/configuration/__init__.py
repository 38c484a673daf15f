"""What holds: settings, the configuration file, credentials.

settings.py  layers.py        /set, and which of several values holds
config.py         the file: its place, its profiles and which of them holds
config_source.py  config_values.py  config_example.py    where in it a key stands, what it may say, one made
connecting.py     what the settings mean for a connection
credentials.py    where a name, password or token comes from; password_command.py: a program
"""
