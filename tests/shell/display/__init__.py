"""Tests of shell/display."""
