"""Tests of shell/configuration."""
