"""What the desk's pages say, in English and Korean, a module a page."""

from saekdong.web.desk.texts.dashboard import DASHBOARD_TEXTS
from saekdong.web.desk.texts.data import DATA_TEXTS
from saekdong.web.desk.texts.inference import INFERENCE_TEXTS
from saekdong.web.desk.texts.models import MODELS_TEXTS
from saekdong.web.desk.texts.notebooks import NOTEBOOK_TEXTS
from saekdong.web.desk.texts.people import PEOPLE_TEXTS
from saekdong.web.desk.texts.products import PRODUCT_TEXTS
from saekdong.web.desk.texts.review import REVIEW_TEXTS
from saekdong.web.desk.texts.training import TRAINING_TEXTS
from saekdong.web.desk.texts.work import WORK_TEXTS
from saekdong.web.site.texts import Texts

TEXTS: Texts = {
    **DASHBOARD_TEXTS,
    **DATA_TEXTS,
    **INFERENCE_TEXTS,
    **MODELS_TEXTS,
    **NOTEBOOK_TEXTS,
    **PEOPLE_TEXTS,
    **PRODUCT_TEXTS,
    **REVIEW_TEXTS,
    **TRAINING_TEXTS,
    **WORK_TEXTS,
}
