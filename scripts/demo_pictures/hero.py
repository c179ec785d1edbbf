def hero(): return "<svg/>"
def logo(): return "<svg/>"
def favicon(): return "<svg/>"
