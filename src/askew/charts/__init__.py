"""Pictures: as a page that needs nothing but itself, or as an image. Knows points and texts, and no model.

points.py      what is drawn
colours.py     a colour and a shape for each cluster
page.py        a page of HTML that reaches for nothing outside, whatever its texts hold
map_page.py    the map as such a page (web/map.js draws it)
map_image.py   the map as PNG (placing.py finds room for the names)
blocks.py      what a report is made of: prose, tables, bars, curves, histograms, examples
report.py      the report as such a page (drawn by bars.py, curves.py, histogram.py, tables.py; web/report.css, .js)
plot.py        the axes of curves and histograms; scale.py where a value stands on one
markup.py      texts and numbers of any origin within HTML
"""
