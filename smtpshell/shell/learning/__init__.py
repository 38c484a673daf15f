"""Lessons: transcripts whose client's side the learner types, and the practice server really answers.

    lesson.py     a lesson, read from its file: what is to be typed, the prose before it, what comes back
    shelf.py      where lessons are found, and how one is named
    judging.py    whether what was typed means what the lesson has
    hints.py      what helps, little by little
    tutor.py      one lesson under way: it sees what goes over the wire, and says what is due
    progress.py   which lessons are done, kept in a file

What was typed is judged by what went over the wire, so that any way of saying a line counts: by hand, pipelined,
pasted, or by a command of the shell.  A new lesson is a new file.
"""
