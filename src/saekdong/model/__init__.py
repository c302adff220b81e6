"""From labeled colors to an artifact: rows, color features, training, evaluation, the compiled table.

`saekdong.model.artifact` and `.table` are all that prediction needs, and import NumPy alone; everything else may
import scikit-learn and matplotlib. So this face is empty, and users of the package import its modules:

tables, reading, rows, description, splits      a file of rows, checked, described and parted
estimators, rtree, neighbors, svm               the kinds of model
classifier, calibration, search, training       fit, cross-validate, choose
table, compiling, artifact                      the compiled model and its file
evaluation, goals, comparison                   how good it is
charts, reports, texts, outputs                 what people look at
"""
