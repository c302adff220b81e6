"""What the page about training says, in English and Korean."""

from saekdong.web.site.texts import Texts

TRAINING_TEXTS: Texts = {
    "due": {"en": "Retraining is due", "ko": "재학습할 때입니다"},
    "due_not": {"en": "No retraining is due", "ko": "아직 재학습하지 않아도 됩니다"},
    "jobs_all": {"en": "All", "ko": "모두"},
    "jobs_none": {
        "en": "No job has run yet. Start one above, or on a terminal:",
        "ko": "아직 실행한 작업이 없습니다. 위에서 시작하거나 터미널에서 실행하세요.",
    },
    "retrain": {"en": "Retrain from answers", "ko": "답변으로 재학습"},
    "retrain_explained": {
        "en": "Learns from all answers and corrections so far. No photo is decoded. If the result does better on "
        "photos held out, it becomes the challenger; nothing else changes.",
        "ko": "지금까지의 모든 답변과 바로잡은 내용으로 배웁니다. 사진은 다시 읽지 않습니다. 떼어 둔 사진에서 더 "
        "나으면 도전 모델이 되고, 다른 것은 바뀌지 않습니다.",
    },
    "start": {"en": "Start", "ko": "시작"},
    "teach": {"en": "Teach from corrections", "ko": "바로잡은 내용으로 학습"},
    "teach_explained": {
        "en": "Reads the photos of corrected products again and teaches the starter with them. At least 10 are "
        "needed. Use it after the labels changed, or where features are not stored.",
        "ko": "바로잡은 상품의 사진을 다시 읽어 기본 모델을 가르칩니다. 10장 이상 있어야 합니다. 색 목록이 "
        "바뀌었거나 저장된 특징이 없을 때 쓰세요.",
    },
    "training_explained": {
        "en": "Jobs go on if you close this page, and if Saekdong is restarted. One runs at a time.",
        "ko": "이 페이지를 닫거나 색동을 다시 시작해도 작업은 이어집니다. 한 번에 하나씩 실행합니다.",
    },
    "training_missing": {
        "en": "Training needs {module}, which is not installed:",
        "ko": "학습에 필요한 {module}이(가) 설치되어 있지 않습니다.",
    },
    "training_nothing": {
        "en": "There is no model to retrain yet. Add products first:",
        "ko": "재학습할 모델이 아직 없습니다. 먼저 상품을 추가하세요.",
    },
    "trigger_alarms": {"en": "Alarms that prove too many wrong tags", "ko": "틀린 색이 많다고 밝혀진 알림"},
    "trigger_answers": {"en": "New teaching answers", "ko": "새로 가르칠 답변"},
    "trigger_audit": {
        "en": "Answers of the audit teach after {weeks} weeks: until then they measure the model.",
        "ko": "점검 답변은 {weeks}주 뒤부터 가르칩니다. 그때까지는 모델을 재는 데 씁니다.",
    },
    "trigger_days": {"en": "Days since the last model", "ko": "마지막 모델 이후 날수"},
    "trigger_of": {"en": "of {count}", "ko": "기준 {count}"},
    "trigger_person": {"en": "A person may start one at any time.", "ko": "언제든 직접 시작할 수 있습니다."},
    "training_first": {"en": "Your first retraining", "ko": "첫 재학습"},
    "training_first_answers": {
        "en": "{count} answers so far; at least 10 that may teach are needed.",
        "ko": "지금까지 답 {count}개. 학습에 쓸 수 있는 답이 10개 이상 있어야 합니다.",
    },
    "training_first_explained": {
        "en": "The catalog is tagged by {model}. With the first retraining the {model} becomes version 1, and what "
        "your answers teach becomes its challenger.",
        "ko": "지금은 {model} 모델이 색을 붙입니다. 처음 재학습하면 이 모델이 1번 버전이 되고, "
        "답으로 배운 모델이 도전 모델이 됩니다.",
    },
}
