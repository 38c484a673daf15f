"""The language of the prompt, usable without a terminal; the prompt itself is in terminal/.

One typed line, from the key press to the coloured reply:

    1  a key: the line is coloured and checked anew     terminal/, by language/syntax.py, Interpreter.check()
    2  Tab: the word at the cursor, its type,           language/completion.py -> declaration/argument_types.py
       its candidates
    3  Enter: text becomes words with their places      language/syntax.py
    4  the first word is looked up and arguments        interpreter.py -> declaration/command.py (COMMANDS)
       become values; or the line goes out as it is     -> commands/
    5  the core makes octets of it, notes it            protocol/connection.py
       outstanding, adds findings
    6  octets go out, octets come back                  session/session.py -> tcp.py
    7  octets become lines, lines a Reply, the queue's  protocol/receive_buffer.py, replies.py, states.py
       head its command, the table the next state
    8  observers see it: the shell learns from it and   reading.py (observe), transcript/recorder.py
       the recorder writes it, secrets replaced
    9  the event becomes styled text, style names       display/render.py, display/styles.py, output.py, then
       become the terminal's own colours                terminal/ or display/safe_text.to_ansi()

Steps 3 to 9 run without a terminal, without asyncio, without Pygments: a script (batch/script.py) does them too.

    interpreter.py    Interpreter: one typed line and what it does; built of
      reading.py        what comes, when it comes or waiting for it
      asides.py         what is said beside that: which command a reply answers, that it can be explained
      link.py           connections opened and closed, recordings, the practice server
      conversation.py   what belongs to one connection alone, and whose turn it is
      exchange.py       what the last line led to, for /expect and the exit status
      output.py         what is shown, and the exit status; outcome.py is what a command came to
      stopping.py       where a conversation is cut on purpose
    together.py         one line to several sessions
    authentication.py   AUTH typed by hand: what is asked, what is answered
    editor.py  private_file.py    the program that EDITOR names; what a command writes, for its owner only

    commands/         the commands, one file a family; a file dropped in adds commands
    declaration/      @command: one declaration for parsing, help, completion, the program's own arguments
    language/         what a line is made of, and what Tab offers
    configuration/    settings, the configuration file, credentials, what they mean for a connection
    display/          how it all is shown: replies, styles, pictures, progress
    help/             what /help and /explain know
    mail/             messages to send, and the transaction that sends one
    batch/            scripts and JSON Lines: the same without a terminal
    learning/         lessons: judged by what goes over the wire; the tutor says what is due
    terminal/         the prompt; nothing else knows prompt_toolkit

Two rules.  What a server sends is shown, never obeyed: every output goes through safe_text.visible(), or through
JSON that escapes.  And a fault in a completer, lexer or renderer must not end the session.
"""
