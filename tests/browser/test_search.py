"""The search, with questions of students, engineers and researchers."""

import gzip

import pytest
from conftest import SITE, Visit
from playwright.sync_api import Browser, Page, expect

OPT, FN, API = "optimizers/plot_opt_", "functions/plot_fn_", "api/generated/optgallery."
LR, TERM, PAIR = "schedules/plot_lr_", "guide/glossary#term-", "compare/pairs/"
DECIDED = {
    # Which page a reader wants first; it was decided before the ranking was written. Where two
    # pages answer a question equally well, either is right.
    "learning rate": ["stories/plot_0_three_rates"],
    "weight decay": ["stories/plot_weight_decay"],
    "bias correction": ["stories/plot_warm_up"],
    "momentum": ["stories/plot_momentum", f"{OPT}momentum"],
    "ravine": ["stories/plot_ravine"],
    "warmup": ["stories/plot_warm_up"],
    "edge of stability": ["stories/plot_curvature", "guide/stability"],
    "sharpness": ["stories/plot_curvature", "guide/stability", f"{TERM}sharpness"],
    "licence": ["guide/citing"],
    "license": ["guide/citing"],
    "cite": ["guide/citing"],
    "citation bibtex": ["guide/citing"],
    "changelog": ["changelog"],
    "adam vs sgd": [f"{PAIR}adam-against-sgd"],
    "nan": [f"{TERM}divergence"],
    "csv": ["guide/comparing", "guide/paths_from_elsewhere"],
    "muon": [f"{OPT}muon"],
    "adahessian": [f"{OPT}adahessian"],
    "adamw": [f"{OPT}adamw"],
    "AdamW optimizer": [f"{OPT}adamw"],
    "adam-w": [f"{OPT}adamw"],
    "adam": [f"{OPT}adam"],
    "sgd": [f"{OPT}sgd"],
    "stochastic gradient descent": [f"{OPT}sgd"],
    "l-bfgs": [f"{OPT}lbfgs"],
    "LBFGS": [f"{OPT}lbfgs"],
    "bfgs": [f"{OPT}bfgs"],
    "newton": [f"{OPT}newton"],
    "conjugate gradient": [f"{OPT}conjugate_gradient"],
    "rms prop": [f"{OPT}rmsprop"],
    "schedule free": [f"{OPT}schedule_free_adamw", f"{OPT}schedule_free_sgd"],
    "schedulefree": [f"{OPT}schedule_free_adamw", f"{OPT}schedule_free_sgd"],
    "nesterov momentum": [f"{OPT}nesterov"],
    "heavy ball": [f"{OPT}heavy_ball", f"{OPT}momentum"],
    "psgd": [f"{OPT}psgd_kron"],
    "d-adaptation": [f"{OPT}dadapt_adam"],
    "dadaptation": [f"{OPT}dadapt_adam"],
    "lion vs adamw": [f"{PAIR}adamw-against-lion"],
    "adam versus adamw": [f"{PAIR}adam-against-adamw"],
    "difference between adam and adamw": [f"{PAIR}adam-against-adamw"],
    "sgd or adam": [f"{PAIR}adam-against-sgd"],
    "rosenbrock": [f"{FN}rosenbrock"],
    "banana function": [f"{FN}rosenbrock"],
    "himmelblau": [f"{FN}himmelblau"],
    "ackley function": [f"{FN}ackley"],
    "saddle point": [f"{FN}saddle", f"{TERM}saddle-point"],
    "six hump camel": [f"{FN}six_hump_camel"],
    "6-hump camel": [f"{FN}six_hump_camel"],
    "styblinski tang": [f"{FN}styblinski_tang"],
    "which rate": ["compare/index", "comparisons/plot_cmp_2_rates"],
    "best learning rate": ["compare/index", "comparisons/plot_cmp_2_rates"],
    "which optimizer is best": ["compare/index"],
    "plot loss": [f"{API}plot_loss"],
    "own optimizer": ["guide/own_optimizer"],
    "custom optimizer": ["guide/own_optimizer"],
    "my own function": ["guide/own_function"],
    "gif size": ["guide/animations"],
    "mp4": ["guide/animations"],
    "save video": ["guide/animations"],
    "error messages": ["guide/own_optimizer", "guide/rebuild"],
    "install": ["guide/install"],
    "cosine annealing": [f"{LR}CosineAnnealingLR"],
    "one cycle": [f"{LR}OneCycleLR"],
    "learning rate scheduler": ["schedules/index", "guide/schedules"],
    "batch size noise": ["stories/plot_7_noise"],
    "run": [f"{API}run"],
    "og.sweep": [f"{API}sweep"],
    "Trajectory.solved": [f"{API}Trajectory"],
    "test_optim": [f"{API}test_optim"],
    "torchopt": ["guide/torchopt"],
    "reproduce": ["guide/reproduce"],
    "sphinx extension": ["guide/your_own_docs"],
    "colour map": ["guide/paper_figures"],
    "color map": ["guide/paper_figures"],
    "figures for a paper pdf": ["guide/paper_figures"],
    "condition number": [f"{TERM}condition-number"],
    "performance profile": ["comparisons/plot_cmp_3_profile", f"{TERM}performance-profile"],
    "contribute": ["guide/contributing"],
    "add an optimizer": ["guide/contributing"],
    "test vectors": ["guide/golden"],
    "how fast": ["guide/measured"],
    "glossary": ["guide/glossary"],
    "explorer": ["explorer"],
}
FURTHER = {
    # Decided after the ranking was written, before it was tried on them: 40 of 50 were right at
    # once, and 24 by Sphinx's own ranking.
    "yogi": [f"{OPT}yogi"],
    "radam": [f"{OPT}radam"],
    "rectified adam": [f"{OPT}radam"],
    "signsgd": [f"{OPT}signum"],
    "lookahead": [f"{OPT}lookahead"],
    "adafactor": [f"{OPT}adafactor"],
    "shampoo preconditioner": [f"{OPT}shampoo"],
    "kron": [f"{OPT}psgd_kron"],
    "amsgrad": [f"{OPT}amsgrad"],
    "AdaBelief paper": [f"{OPT}adabelief"],
    "prodigy vs adamw": [f"{PAIR}adamw-against-prodigy"],
    "nadam or adam": [f"{PAIR}adam-against-nadam"],
    "is muon better than adamw": [f"{PAIR}adamw-against-muon"],
    "momentum vs nesterov": [f"{PAIR}momentum-against-nesterov"],
    "beale": [f"{FN}beale"],
    "holder table": [f"{FN}holder_table"],
    "hölder table": [f"{FN}holder_table"],
    "dixon-price": [f"{FN}dixon_price"],
    "easom": [f"{FN}easom"],
    "goldstein price": [f"{FN}goldstein_price"],
    "levy 13": [f"{FN}levi_n13"],
    "cross in tray": [f"{FN}cross_in_tray"],
    "monkey saddle": [f"{FN}monkey_saddle"],
    "StepLR": [f"{LR}StepLR"],
    "reduce lr on plateau": [f"{LR}ReduceLROnPlateau"],
    "warm restarts": [f"{LR}CosineAnnealingWarmRestarts"],
    "cyclic lr": [f"{LR}CyclicLR"],
    "plot_surface": [f"{API}plot_surface"],
    "trajectory": [f"{API}Trajectory", f"{TERM}trajectory"],
    "save trajectory": ["guide/paths_from_elsewhere", f"{API}Trajectory"],
    "basins of attraction": ["comparisons/plot_cmp_4_basins", f"{TERM}basin", f"{API}basins"],
    "fractal": ["comparisons/plot_cmp_5_fractal"],
    "line search": [f"{TERM}line-search", f"{OPT}lbfgs"],
    "local minima": [f"{TERM}local-minimum"],
    "cluster": ["guide/rebuild", "guide/sweeps"],
    "cache": [f"{TERM}cache", "guide/rebuild"],
    "rebuild the site": ["guide/rebuild"],
    "hyper-parameters": [f"{TERM}hyper-parameter"],
    "hyperparameter": [f"{TERM}hyper-parameter"],
    "noisy gradients": ["stories/plot_7_noise", f"{API}functions.noisy"],
    "check my implementation": ["guide/check"],
    "compare two optimizers": ["guide/comparing", "compare/index"],
    "og.compare": [f"{API}compare"],
    "Sweep": [f"{API}Sweep", f"{API}sweep", "guide/sweeps", f"{TERM}sweep"],
    "all optimizers": ["optimizers/index", "catalogue/optimizers"],
    "list of test functions": ["functions/index", "catalogue/functions"],
    "rosenbrok": [f"{FN}rosenbrock"],
    "nestrov": [f"{OPT}nesterov"],
    "adahesian": [f"{OPT}adahessian"],
    "himmelblau's function": [f"{FN}himmelblau"],
    "what is momentum good for": ["stories/plot_momentum"],
    "gif for slides": ["guide/animations"],
}


def ask(page: Page, question: str) -> list[str]:
    """Type a question into the search page, and return where the results lead."""
    field = page.locator(".bd-search-container input[name=q]")
    field.fill(question)
    with page.expect_navigation():
        field.press("Enter")
    expect(page.get_by_role("status")).to_contain_text(f"“{question}”")
    links = page.locator("#search-results li > a")
    return [str(a.get_attribute("href")) for a in links.all()]


def answers(address: str, wanted: str) -> bool:
    page, _, anchor = wanted.partition("#")
    return address == f"{page}.html#{anchor}" if anchor else address.startswith(f"{page}.html")


@pytest.mark.parametrize("questions", [DECIDED, FURTHER], ids=["decided", "further"])
def test_the_first_result_answers_the_question(
    visit: Visit, questions: dict[str, list[str]]
) -> None:
    page = visit.open("search.html")
    wrong = {}
    for question, wanted in questions.items():
        found = ask(page, question)
        if not found or not any(answers(found[0], each) for each in wanted):
            wrong[question] = found[:1]
    assert wrong == {}


def test_every_answer_exists() -> None:
    pages = {each.split("#")[0] for wanted in (DECIDED | FURTHER).values() for each in wanted}
    assert [page for page in sorted(pages) if not (SITE / f"{page}.html").exists()] == []


def test_the_search_dialog_leads_to_the_same_results(visit: Visit) -> None:
    page = visit.open("optimizers/plot_opt_adamw.html")
    page.get_by_role("button", name="Search").first.click()
    page.locator("#pst-search-dialog input").fill("heavy ball")
    page.keyboard.press("Enter")
    page.locator("#search-results li > a").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Heavy ball")


def test_results_load_no_page_and_say_what_each_is_about(visit: Visit) -> None:
    page = visit.open("search.html")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    assert len(ask(page, "learning rate")) == 20  # the best of some hundreds
    fetched = [url for url in requests if url.split("?")[0].endswith(".html")]
    assert [url.split("?")[0].rpartition("/")[2] for url in fetched] == ["search.html"]
    assert page.locator("#search-results li p.context").count() > 15
    page.get_by_role("button", name="Show the other").click()
    expect(page.locator("#search-results li").nth(100)).to_be_visible()
    assert page.evaluate("document.activeElement.closest('li') !== null")
    ask(page, "adamw")
    first = page.locator("#search-results li").first
    expect(first).to_contain_text("Optimizer")
    expect(first.locator("p.context")).to_contain_text("decay")


def test_decisions_of_the_project_and_api_pages_come_after_the_guide(visit: Visit) -> None:
    page = visit.open("search.html")
    for question in ("learning rate", "batch", "store", "explorer", "font", "matrix"):
        places = [address.split("/")[0] for address in ask(page, question)[:3]]
        assert "adr" not in places, question
    assert "adr/" in ask(page, "workers return bytes")[0]  # it can still be found


def test_a_slip_is_corrected_and_said(visit: Visit) -> None:
    page = visit.open("search.html")
    ask(page, "rosenbrok valley")
    expect(page.get_by_role("status")).to_contain_text("for “rosenbrock valley”, as nothing has")


def test_a_question_without_an_answer_is_told_so(visit: Visit) -> None:
    page = visit.open("search.html")
    assert ask(page, "xylophone <b>") == []
    expect(page.get_by_role("status")).to_contain_text("Nothing was found for “xylophone <b>”")


def test_no_page_offers_to_hide_matches(visit: Visit) -> None:
    page = visit.open("search.html")
    ask(page, "adam vs sgd")
    page.locator("#search-results li > a").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Adam against SGD")
    expect(page.locator("#searchbox")).to_be_attached()
    page = visit.open("guide/install.html")
    assert page.locator(".highlight-link, .highlighted").count() == 0
    assert page.evaluate("localStorage.getItem('sphinx_highlight_terms')") is None


def test_a_result_found_by_its_text_opens_at_the_words(visit: Visit) -> None:
    page = visit.open("search.html")
    addresses = ask(page, "ffmpeg")
    assert any(address.endswith("#:~:text=ffmpeg") for address in addresses)


def test_the_search_works_from_a_folder(browser: Browser) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda m: m.type == "error" and faults.append(m.text))
        page.goto(f"{(SITE / 'search.html').absolute().as_uri()}?q=lion+vs+adamw")
        page.locator("#search-results li > a").first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("AdamW against Lion")
        assert faults == []


def test_only_the_search_page_loads_the_search(visit: Visit) -> None:
    requests: list[str] = []
    visit.page.on("request", lambda request: requests.append(request.url))
    for path in ("index.html", "guide/install.html"):
        visit.open(path)
        visit.page.wait_for_load_state("networkidle")
    assert not [url for url in requests if "language_data" in url or "searchindex" in url]
    answers = gzip.compress((SITE / "_static" / "language_data.js").read_bytes())
    assert len(answers) < 32_000
