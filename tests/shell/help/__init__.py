"""Tests of shell/help."""
