"""The gallery of ten optimizers of pytorch-optimizer, as its own documentation might have it."""

NAMES = [
    "AdaNorm",
    "AdaPNM",
    "AdamP",
    "Aida",
    "Amos",
    "EXAdam",
    "FOCUS",
    "Gravity",
    "Kate",
    "VSGD",
]

project = "pytorch-optimizer, in motion"
project_copyright = "the authors of pytorch-optimizer"
extensions = ["optgallery.sphinxext"]
html_theme = "furo"
html_title = project
optgallery_optimizers = [f"pytorch_optimizer:{name}" for name in NAMES]
optgallery_functions = ["booth", "rosenbrock", "beale", "himmelblau", "ackley"]
optgallery_explorer = True
