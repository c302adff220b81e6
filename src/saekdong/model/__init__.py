"""From labeled colors to an artifact: rows, color features, training, evaluation, the compiled table.

Prediction needs only `saekdong.model.artifact` and `.lookup`, which import only NumPy; other modules may import
scikit-learn and matplotlib. So this module is empty, and users of the package import its modules:

tables, reading, rows, description, splits      a file of rows: read, checked, described, split
estimators, rtree, neighbors, svm               the kinds of model
classifier, calibration, search, training       fit, cross-validate, choose
table, compiling, artifact                      the compiled model and its file
evaluation, goals, comparison                   measures of quality
charts, reports, texts, outputs                 reports for people
"""
