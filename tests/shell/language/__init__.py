"""Tests of shell/language."""
