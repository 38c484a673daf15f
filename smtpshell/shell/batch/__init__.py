"""Without a terminal: scripts, and output for programs.

script.py  source.py    lines from a file, -c, standard input; content that stands in them
script_results.py       what came of one, as JUnit XML
json_lines.py           one object an event, as json_lines.schema.json says
streams.py              standard output, coloured or plain
"""
