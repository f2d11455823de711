"""TODO live"""
