"""TODO sequences"""
