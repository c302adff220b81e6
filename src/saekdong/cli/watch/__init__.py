"""`saekdong watch`: is the shop still tagged well?"""
