"""The language of the prompt, usable without a terminal; the prompt itself is in terminal/.

One typed line, from the key press to the coloured reply:

    1  a key: the line is coloured and checked anew     terminal/, by syntax.py and Interpreter.check()
    2  Tab: the word at the cursor, its type,           syntax.py -> completion.py -> argument_types.py
       its candidates
    3  Enter: text becomes words with their places      syntax.py
    4  the first word is looked up and arguments        interpreter.py -> command.py (COMMANDS) -> commands/
       become values; or the line goes out as it is
    5  the core makes octets of it, notes it            protocol/connection.py
       outstanding, adds findings
    6  octets go out, octets come back                  session/session.py -> tcp.py
    7  octets become lines, lines a Reply, the queue's  protocol/receive_buffer.py, replies.py, states.py
       head its command, the table the next state
    8  observers see it: the shell learns from it and   reading.py (observe), transcript/recorder.py
       the recorder writes it, secrets replaced
    9  the event becomes styled text, style names       render.py, styles.py, output.py, then
       become the terminal's own colours                terminal/ or safe_text.to_ansi()

Steps 3 to 9 run without a terminal, without asyncio, without Pygments: a script (script.py) does them too.

    interpreter.py    Interpreter: one typed line and what it does; built of
      reading.py        what comes, when it comes or waiting for it
      asides.py         what is said beside that: which command a reply answers, that it can be explained
      link.py           connections opened and closed, recordings, the practice server
      conversation.py   what belongs to one connection alone, and whose turn it is
      output.py         what is shown, and the exit status
      exchanges.py      the last exchanges, octets and times; hex_view.py shows one
      paging.py         what is longer than the screen; columns.py measures text
      stopping.py       where a conversation is cut on purpose
    together.py  comparison.py    one line to several sessions, the replies side by side
    session_types.py              arguments that name sessions
    settings.py  layers.py        /set, and which of several values holds
    connecting.py                 what the settings mean for a connection
    config.py                     the configuration file: its place, its profiles and which of them holds
      config_source.py  config_values.py  config_example.py    where in it a key stands, what it may say, one made
    variables.py                  what stands for ${name} in a line
    credentials.py                where a name, password or token comes from; password_command.py: a program
    message.py  sending.py        a message to send, and the transaction that sends it; progress.py tells how far
    private_file.py               what a command writes, for its owner only
    editor.py                     the program that VISUAL or EDITOR names
    completion.py  verb_completion.py  addresses.py  files.py     what Tab offers
    command.py        @command: one declaration for parsing, help, completion and the program's subcommands
    commands/         the commands, one file a family
    authentication.py AUTH typed by hand: what is asked, what is answered
    numbered.py       findings and their numbers
    explaining.py     what /explain is asked about; topics.py, verb_topics.py: what is known of a word
    timings.py        what took how long, remembered; waterfall.py: drawn
    state_picture.py  the diagram of states; paper.py: how wide, and with which characters
    script.py  source.py          lines from a file, -c, standard input; content that stands in them
    script_results.py             what came of one, as JUnit XML
    exchange.py                   what the last line led to, for /expect and the exit status
    json_lines.py  streams.py     output for programs (json_lines.schema.json) and without a terminal
    overview.py  concepts.py      /help: the commands by families, and ideas (texts in concepts/)
    examples.py  needs.py         a command's examples, and what must be there before it
    arguments.py  main_help.py    the program's arguments and its --help, from the same declarations
    subcommand.py                 a command as the program's own job
    learning/                     lessons: judged by what goes over the wire; the tutor says what is due
    nearest.py                    what somebody may have meant
    shell_completion.py           scripts for bash, zsh and fish (completions/ has what is ours in them)
    lexer.py          Pygments lexers over syntax.py, for whoever colours SMTP elsewhere

Two rules.  What a server sends is shown, never obeyed: every output goes through render.visible(), or through
JSON that escapes.  And a fault in a completer, lexer or renderer must not end the session.
"""
