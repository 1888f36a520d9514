"""The report: a result folder told on one page, which opens anywhere and loads nothing.

A notebook, `notebooks/report.ipynb`, calls `prepare_report` once and then one `show_` function a
section; `write_report` runs it headless and turns it into one HTML file. The flow, one way:

    result folder ──► facts (numbers, positions, who stands for whom; what a reviewer may decide)
    facts ──► pictures (small copies of the frames) ──► sections (HTML) ──► export (one file)
    reviewer ──► decisions (`assets/decided.js`) ──► decisions.jsonl ──► clusterkit log --import
"""

from clusterkit.report.cards import show_characters as show_characters
from clusterkit.report.export import write_report as write_report
from clusterkit.report.facts import Report as Report
from clusterkit.report.facts import prepare_report as prepare_report
from clusterkit.report.leftovers import show_left_out as show_left_out
from clusterkit.report.map import show_map as show_map
from clusterkit.report.overview import show_overview as show_overview
from clusterkit.report.overview import show_run as show_run
from clusterkit.report.thresholds import show_curve as show_curve
from clusterkit.report.thresholds import show_quality as show_quality
