"""Figures, reports and maps as self-contained HTML pages or images. Takes points and texts; knows no models.

blocks.py      the contents of a report as data: prose, tables, bars, curves, histograms, examples
report.py      a report as a page
figures.py     bars, curves and histograms
maps.py        a map as data, with a colour and a marker for each cluster
map_page.py    the map as an interactive page (web/map.js draws it)
map_image.py   the map as PNG
html.py        pages rendered from the templates in web/, with every text escaped
"""
