"""Which optimizers to see beside each: the one that it was derived from, and two alternatives.

They are no fields of the entries, since they say nothing of how an optimizer runs: the file of an
entry is part of the keys under which its runs are stored, and would have them all taken again.
"""

from typing import NamedTuple


class Relatives(NamedTuple):
    """The optimizers of the gallery to compare one with.

    Attributes
    ----------
    ancestor : str or None
        The optimizer whose update it changes; None if there is none in the gallery.
    rivals : (str, str)
        Two others that one would choose from for the same purpose.
    """

    ancestor: str | None
    rivals: tuple[str, str]


RELATIVES: dict[str, Relatives] = {
    name: Relatives(ancestor, (first, second))
    for name, ancestor, first, second in (
        ("sgd", None, "momentum", "adam"),
        ("momentum", "sgd", "nesterov", "adam"),
        ("nesterov", "momentum", "aggmo", "adam"),
        ("asgd", "sgd", "schedule_free_sgd", "momentum"),
        ("rprop", None, "lbfgs", "signum"),
        ("adagrad", "sgd", "rmsprop", "adam"),
        ("adadelta", "adagrad", "rmsprop", "adam"),
        ("rmsprop", "rprop", "adam", "adagrad"),
        ("adam", "rmsprop", "sgd", "adamw"),
        ("adamax", "adam", "amsgrad", "nadam"),
        ("amsgrad", "adam", "yogi", "adabound"),
        ("adamw", "adam", "lion", "muon"),
        ("nadam", "adam", "radam", "nesterov"),
        ("radam", "adam", "nadam", "adamw"),
        ("adafactor", "adam", "came", "adamw"),
        ("lbfgs", None, "rprop", "adahessian"),
        ("muon", "momentum", "adamw", "soap"),
        ("qhm", "momentum", "aggmo", "nesterov"),
        ("aggmo", "momentum", "qhm", "nesterov"),
        ("schedule_free_sgd", "sgd", "asgd", "momentum"),
        ("schedule_free_adamw", "adamw", "schedule_free_sgd", "lookahead"),
        ("refined_schedule_free_adamw", "schedule_free_adamw", "adamw", "lookahead"),
        ("lion", "signum", "adamw", "tiger"),
        ("tiger", "lion", "signum", "adamw"),
        ("signum", "momentum", "lion", "rprop"),
        ("adabelief", "adam", "radam", "adamw"),
        ("adabound", "adam", "swats", "sgd"),
        ("madgrad", "adagrad", "adam", "momentum"),
        ("qhadam", "adam", "qhm", "nadam"),
        ("swats", "adam", "adabound", "momentum"),
        ("adan", "adam", "nadam", "adamw"),
        ("adopt", "adam", "amsgrad", "adamw"),
        ("ademamix", "adamw", "qhadam", "aggmo"),
        ("laprop", "adam", "rmsprop", "adopt"),
        ("grams", "adam", "cautious_adamw", "lion"),
        ("cautious_adamw", "adamw", "grams", "lion"),
        ("stable_adamw", "adamw", "adafactor", "lion"),
        ("yogi", "adam", "amsgrad", "adabelief"),
        ("mars", "adamw", "adan", "muon"),
        ("diffgrad", "adam", "adabelief", "radam"),
        ("adamod", "adam", "radam", "adabound"),
        ("nadamw", "nadam", "adamw", "adan"),
        ("simplified_ademamix", "ademamix", "nadamw", "momentum"),
        ("adam_atan2", "adam", "adamw", "stable_adamw"),
        ("adamc", "adamw", "schedule_free_adamw", "nadamw"),
        ("ano", "yogi", "grams", "signum"),
        ("focus", "signum", "lion", "tiger"),
        ("bcos", "adamw", "rmsprop", "adabelief"),
        ("lamb", "adam", "lars", "adamw"),
        ("lars", "momentum", "lamb", "novograd"),
        ("novograd", "adam", "lars", "lamb"),
        ("came", "adafactor", "adamw", "lamb"),
        ("adahessian", "adam", "sophia", "lbfgs"),
        ("sophia", "adahessian", "adamw", "lion"),
        ("shampoo", "adagrad", "soap", "psgd_kron"),
        ("soap", "shampoo", "adamw", "muon"),
        ("psgd_kron", None, "shampoo", "soap"),
        ("scion", "muon", "signum", "polargrad"),
        ("normuon", "muon", "adamuon", "soap"),
        ("adamuon", "muon", "lion", "normuon"),
        ("polargrad", "muon", "momentum", "scion"),
        ("prodigy", "dadapt_adam", "adamw", "dog"),
        ("dadapt_adam", "adam", "prodigy", "dog"),
        ("dog", "sgd", "prodigy", "dadapt_adam"),
        ("dowg", "dog", "prodigy", "cocob"),
        ("cocob", None, "dog", "prodigy"),
        ("polyak_step", "sgd", "dog", "prodigy"),
        ("heavy_ball", "momentum", "conjugate_gradient", "nesterov"),
        ("armijo", "sgd", "polyak_step", "conjugate_gradient"),
        ("newton", None, "trust_region", "bfgs"),
        ("trust_region", "newton", "bfgs", "conjugate_gradient"),
        ("bfgs", None, "lbfgs", "newton"),
        ("conjugate_gradient", "sgd", "bfgs", "heavy_ball"),
        ("alig", "polyak_step", "momo", "dog"),
        ("momo", "momentum", "alig", "prodigy"),
        ("lookahead", "adam", "schedule_free_adamw", "radam"),
    )
}
"""The relatives of each entry of the registry, by its name."""
