"""Evaluators who score alone and blind, their consensus, and validation before the award."""
