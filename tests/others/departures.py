"""What single classes need beyond ``cls(params, lr=0.01)``, and which have no plain loop."""

from typing import Any

import torch
from torch.optim import SGD

from others.builders import (
    acting_inside_backward,
    chain_torchzero,
    galore,
    gsam,
    in_group_of_one,
    moors,
    one_sort_of_parameters,
    over_sgd,
    pogo,
    roulette,
    split_heavyball,
    stepping_without_gradients,
    with_backward_of_optimizer,
    with_fused_backward,
    with_hooks,
    with_module,
    with_rate_in_groups,
    with_rate_in_groups_in_group_of_one,
    with_sparse_gradients,
)
from others.loops import LR, STEPS, Loop

MATRIX = (1, 2)
BASE = "it is a base class"
GPU = "it needs a GPU"
BOX = {"lb": -5.0, "ub": 5.0}


def each(where: str, names: str, /, **how: Any) -> dict[str, Loop]:
    """Use several classes of one module in the same way."""
    return {f"{where}.{name}": Loop(**how) for name in names.split()}


LOOPS: dict[str, Loop] = {
    **each("adafactor8bit", "Adafactor8Bit", dtype=torch.float32),
    **each(
        "adam_atan2_pytorch",
        "MuonAdamAtan2 PolarAdamAtan2",
        build=one_sort_of_parameters,
        shape=MATRIX,
    ),
    **each("adam_mini", "Adam_mini", given="pairs"),
    **each("adams", "Adams_ZeRO", dtype=torch.float32),
    **each("apollo_torch.adafactor", "Adafactor", hparams={"relative_step": False}),
    **each("apollo_torch.adamw8bit", "AdamW8bit", left_out=GPU),
    **each(
        "apollo_torch.q_apollo",
        "AdamW",
        cause="reads percentile_clipping, which bitsandbytes no longer has: KeyError in step()",
    ),
    **each(
        "bitsandbytes.optim",
        "LARS LARS8bit LARS32bit SGD SGD8bit SGD32bit",
        hparams={"momentum": 0.9},
    ),
    **each("bitsandbytes.optim", "PytorchLARS", hparams={"momentum": 0.9}, dtype=torch.float32),
    **each(
        "bitsandbytes.optim",
        "AdEMAMix32bit PagedAdEMAMix32bit",
        cause="keeps one moving average where its update has two: RuntimeError in step()",
    ),
    **each(
        "bitsandbytes.optim.optimizer",
        "Optimizer1State Optimizer2State Optimizer8bit",
        left_out=BASE,
    ),
    **each("catalyst.contrib.optimizers", "Lookahead", build=with_hooks),
    **each(
        "dolphinflow",
        "DolphinFlow8bit",
        cause="calls bitsandbytes.functional.adamw_8bit, which does not exist",
    ),
    **each("echomuon", "EchoMuon", shape=MATRIX),
    **each("elra", "ElraOptimizer", step="loss"),
    **each("emerging_optimizers.psgd", "PSGDPro", shape=MATRIX, dtype=torch.float32),
    **each("emerging_optimizers.riemannian_optimizers", "ObliqueSGD ObliqueAdam", shape=MATRIX),
    **each("emerging_optimizers.soap", "REKLS SOAP", shape=MATRIX),
    **each(
        "emerging_optimizers.orthogonalized_optimizers",
        "MOP Muon MuonHyperball PolarGrad Scion Spel",
        shape=MATRIX,
        dtype=torch.float32,
    ),
    **each(
        "emerging_optimizers.orthogonalized_optimizers",
        "SinkhornMuon",
        shape=MATRIX,
        dtype=torch.float32,
        start=(1.02, 0.97),  # each column is to have a sum of 1, to a tolerance of 0.1
    ),
    **each(
        "emerging_optimizers.orthogonalized_optimizers",
        "AdaptiveMuon",
        shape=MATRIX,
        dtype=torch.float32,
        hparams={"momentum": 0.95, "weight_decay": 0.0},
    ),
    **each(
        "emerging_optimizers.orthogonalized_optimizers",
        "OrthogonalizedOptimizer",
        shape=MATRIX,
        hparams={
            "momentum": 0.95,
            "weight_decay": 0.0,
            "nesterov": False,
            "weight_decay_method": "decoupled",
            "fp32_matmul_prec": "highest",
        },
    ),
    **each("galore_adamw", "GaLoreAdamW", build=galore),
    **each("gefen.gefen", "Gefen", dtype=torch.float32),
    **each("gefen.gefen_muon", "GefenMuon", dtype=torch.float32, shape=MATRIX),
    **each(
        "geoopt.optim",
        "SparseRiemannianAdam SparseRiemannianSGD",
        build=with_sparse_gradients,
        shape=MATRIX,
    ),
    **each("gpytorch.optim", "NGD", hparams={"num_data": 1}),
    **each("heavyball", "SplitOpt", build=split_heavyball),
    **each("heavyball", "SAMWrapper", step="closure"),
    **each("heavyball", "SOAPBase PSGDBase", left_out=BASE),
    **each("heavyball.chainable", "ChainOpt BaseOpt ScheduleFree MSAM", left_out=BASE),
    **each("heavyball.utils", "StatefulOptimizer", left_out=BASE),
    **each("muon", "Muon", build=in_group_of_one, shape=MATRIX),
    **each("muon", "SingleDeviceMuon", shape=MATRIX),
    **each(
        "muon",
        "MuonWithAuxAdam",
        build=with_rate_in_groups_in_group_of_one,
        group={"use_muon": True},
        shape=MATRIX,
    ),
    **each(
        "muon",
        "SingleDeviceMuonWithAuxAdam",
        build=with_rate_in_groups,
        group={"use_muon": True},
        shape=MATRIX,
    ),
    **each("ncg_optimizer", "LCG", create_graph=True),
    **each("ncg_optimizer", "BASIC", step="closure"),
    **each("nixoptimiz", "NixOptimizer", hparams={"expressiveness": 0.0}),
    **each("OPTAMI", "NATA", step="value"),
    **each(  # with a smaller L its line search gives up, and step() raises a TypeError
        "OPTAMI",
        "GradientDescent SimilarTriangles NesterovAcceleration NearOptimalAcceleration "
        "ProxPointSegmentSearch Optimal CubicRegularizedNewton BasicTensorMethod DampedNewton",
        step="value",
        hparams={"L": 1e6},
    ),
    **each("optimuon", "Muon", shape=MATRIX),
    **each("optiroulette", "OptiRouletteOptimizer", build=roulette),
    **each("pogo", "POGO", build=pogo, shape=(1, 1, 2)),
    **each("psd_optimizer", "PSDOptimizer", step="closure"),
    **each("qqn_torch", "QQN", step="closure"),
    **each("prodigyplus", "CoreOptimiser", left_out=BASE),
    **each("torchmin", "Minimizer", step="value"),
    **each(
        "pytorch_optimizer",
        "AdaGO AdaMuon Muon MuonClip NorMuon",
        group={"use_muon": True},
        shape=MATRIX,
    ),
    **each(
        "pytorch_optimizer",
        "DistributedMuon",
        build=in_group_of_one,
        group={"use_muon": True},
        shape=MATRIX,
    ),
    **each("pytorch_optimizer", "DeMo", build=in_group_of_one),
    **each("pytorch_optimizer", "AdamMini", given="module"),
    **each("pytorch_optimizer", "LOMO", build=acting_inside_backward),
    **each("pytorch_optimizer", "AdaLOMO", build=with_fused_backward, step="value"),
    **each("pytorch_optimizer", "AliG", step="closure"),
    **each("pytorch_optimizer", "BSAM", hparams={"num_data": 1}, step="closure"),
    **each(
        "pytorch_optimizer",
        "SAM FriendlySAM LookSAM",
        hparams={"base_optimizer": SGD, "lr": LR},
        step="closure",
    ),
    **each("pytorch_optimizer", "WSAM", build=with_module, step="closure"),
    **each("pytorch_optimizer", "GSAM", build=gsam, step="closure"),
    **each("pytorch_optimizer", "LoRARite", params="scalars", hparams={"update_skipping": 0.0}),
    **each("pytorch_optimizer", "Ranger21", hparams={"num_iterations": STEPS}),
    **each("pytorch_optimizer", "TRAC Lookahead OrthoGrad ScheduleFreeWrapper", build=over_sgd),
    **each("pytorch_optimizer", "PCGrad", build=over_sgd),
    **each(
        "pytorch_optimizer",
        "SafeFP16Optimizer",
        build=with_backward_of_optimizer,
        step="value",
    ),
    **each("pytorch_optimizer", "AdaHessian SophiaH", create_graph=True),
    **each("pytorch_optimizer", "FAdam", dtype=torch.float32),
    **each("pytorch_optimizer", "SpectralSphere", shape=MATRIX),
    **each("pytorch_optimizer", "SaRA", hparams={"threshold": 10.0}),
    **each("pytorch_optimizer.optimizer", "BaseOptimizer", left_out=BASE),
    **each("pytorch_optimizer.optimizer.muon", "MuonBase", left_out=BASE),
    **each(
        "ranger21",
        "Ranger21 Ranger21abel",
        hparams={"num_epochs": 1, "num_batches_per_epoch": STEPS},
    ),
    **each("timm.optim.adahessian", "Adahessian", create_graph=True),
    **each("timm.optim.lookahead", "Lookahead", build=over_sgd),
    **each("optimi.optimizer", "OptimiOptimizer", left_out=BASE),
    # with Triton installed, as in CUDA builds of torch, it would ask for a GPU
    **each("optimi", "StableAdamW", hparams={"triton": False}),
    **each("torch_optimizer", "Adahessian", create_graph=True),
    **each("torch_optimizer", "Lookahead", build=over_sgd),
    **each("lookahead_pytorch", "Lookahead", build=over_sgd),
    **each("torchao.optim", "CPUOffloadOptimizer", left_out=GPU),
    **each("torchao.optim.adam", "_AdamBase", left_out=BASE),
    **each("torchium.optimizers", "SparseAdam", build=with_sparse_gradients, shape=MATRIX),
    **each("torchium", "LBFGS", build=stepping_without_gradients, step="closure"),
    **each(
        "torchium.optimizers",
        "LookSAM",
        build=stepping_without_gradients,
        step="closure",
        dtype=torch.float32,
    ),
    **each("torchium.optimizers", "AdaFactor", hparams={"relative_step": False}),
    **each("torchium.optimizers", "AdaLOMO", given="module"),
    **each(
        "torchium.optimizers",
        "CMAES",
        cause="takes a tensor for a group: IndexError in __init__(); with its popsize given, it "
        "subtracts a mask from a number: RuntimeError in step()",
    ),
    **each(
        "torchium.optimizers",
        "AdaBound AdaMod",
        cause="multiplies by a tensor where torch takes a number: TypeError in step()",
    ),
    **each("torchium.optimizers", "SAM GSAM ASAM", step="closure", dtype=torch.float32),
    **each(  # its weight exp(tau |g|) overflows at the default of 1
        "torchium.optimizers",
        "WSAM",
        step="closure",
        hparams={"tau": 0.001},
        dtype=torch.float32,
    ),
    **each(  # it subtracts from its second moment, which becomes negative where that starts small
        "torchium.optimizers", "Yogi", hparams={"initial_accumulator": 1e6}
    ),
    **each("torchium.optimizers.second_order.adahessian", "AdaHessian", create_graph=True),
    **each("torchium.optimizers.adaptive.adam_variants", "AdaHessian", create_graph=True),
    **each("torchzero", "Optimizer", build=chain_torchzero),
    **each("torchzero.optim", "Split", build=over_sgd),
    **each("torchzero.optim.wrappers.wrapper", "WrapperBase", left_out=BASE),
    **each(
        "torchzero.optim.wrappers.scipy",
        "ScipyBrute ScipyDE ScipySHGO ScipyDIRECT",
        hparams=BOX,
        searches=True,
    ),
    **each(
        "torchzero.optim.wrappers.scipy",
        "ScipyDualAnnealing",
        hparams={**BOX, "maxiter": 10, "rng": 0},
        searches=True,
    ),
    **each(
        "torchzero.optim.wrappers.scipy.experimental",
        "ScipyRootOptimization",
        hparams={"jac": None},
    ),
    **each("torchzero.optim.wrappers.moors", "MoorsWrapper", build=moors, step="closure"),
    **each(
        "torchzero.optim.wrappers.scipy",
        "ScipyBasinHopping",
        hparams={"niter": 3, "rng": 0},
        searches=True,
    ),
    **each("transformers.optimization", "Adafactor", hparams={"relative_step": False}),
}
