"""What pages of every part say, in English and Korean."""

from collections.abc import Mapping

from saekdong.lang import Lang

Texts = Mapping[str, Mapping[Lang, str]]
"""Texts by their keys, in each language."""

TEXTS: Texts = {
    "back": {"en": "Back to the products", "ko": "상품 목록으로"},
    "color": {"en": "Color", "ko": "색상"},
    "colors": {"en": "Colors", "ko": "색상"},
    "corrected": {"en": "Corrected by a person", "ko": "사람이 바로잡음"},
    "error_advice": {
        "en": "Nothing was lost. Load the page again, or go back to the products.",
        "ko": "잃어버린 것은 없습니다. 페이지를 새로 고치거나 상품 목록으로 돌아가세요.",
    },
    "error_title": {"en": "This did not work", "ko": "문제가 생겼습니다"},
    "first_page": {"en": "From the first product", "ko": "첫 상품부터"},
    "gone": {"en": "No longer in its feed", "ko": "피드에서 사라진 상품"},
    "menu": {"en": "More pages", "ko": "다른 페이지"},
    "more": {"en": "Show more", "ko": "더 보기"},
    "near_this": {"en": "Products near {color}", "ko": "{color}에 가까운 상품"},
    "no_photo": {"en": "No photo", "ko": "사진 없음"},
    "no_such_page": {"en": "This page does not exist.", "ko": "없는 페이지입니다."},
    "no_such_page_advice": {
        "en": "The link may be wrong, or the product is no longer in the catalog.",
        "ko": "주소가 잘못되었거나 카탈로그에서 빠진 상품입니다.",
    },
    "page": {"en": "Page of the shop", "ko": "쇼핑몰에서 보기"},
    "palette": {"en": "Colors in the photo", "ko": "사진 속 색"},
    "photo_damaged": {"en": "the image is damaged", "ko": "이미지가 손상되었습니다"},
    "photo_empty": {"en": "the file is empty", "ko": "빈 파일입니다"},
    "photo_not-an-image": {"en": "it is not an image", "ko": "이미지가 아닙니다"},
    "photo_not-found": {"en": "there is no photo at its place", "ko": "사진이 그 자리에 없습니다"},
    "photo_number": {"en": "Photo {number}", "ko": "사진 {number}"},
    "photo_too-large": {"en": "the file is too large", "ko": "파일이 너무 큽니다"},
    "photo_too-many-pixels": {"en": "it has too many pixels", "ko": "픽셀이 너무 많습니다"},
    "photo_unreadable": {"en": "it cannot be read", "ko": "읽을 수 없습니다"},
    "photo_unsupported": {"en": "this kind of file cannot be read here", "ko": "여기서 읽을 수 없는 형식입니다"},
    "price": {"en": "Price", "ko": "가격"},
    "search_button": {"en": "Search", "ko": "검색"},
    "sign_in": {"en": "Sign in", "ko": "로그인"},
    "sign_in_explained": {
        "en": "Corrections change the shop's catalog. Enter its token: it is in the file api-token in the workspace, "
        "and in the link that “saekdong studio” shows on a terminal.",
        "ko": "바로잡은 내용은 쇼핑몰 카탈로그에 바로 적용됩니다. 토큰을 입력하세요. 토큰은 작업 폴더의 api-token "
        "파일과 터미널에 “saekdong studio”가 표시하는 링크에 있습니다.",
    },
    "skip": {"en": "Skip to the products", "ko": "상품으로 건너뛰기"},
    "to": {"en": "to", "ko": "최대"},
    "token": {"en": "Token", "ko": "토큰"},
    "trouble": {
        "en": "The products could not be loaded. Check that Saekdong is still running.",
        "ko": "상품을 불러오지 못했습니다. 색동이 실행 중인지 확인하세요.",
    },
    "try_again": {"en": "Try again", "ko": "다시 시도"},
    "variants": {"en": "Other variants", "ko": "다른 옵션"},
    "show": {"en": "Show", "ko": "보기"},
    "search": {"en": "Search products", "ko": "상품 검색"},
    "empty_catalog": {"en": "The catalog is empty.", "ko": "카탈로그가 비어 있습니다."},
    "empty_catalog_advice": {
        "en": "Add your products with this command, then load this page again:",
        "ko": "다음 명령으로 상품을 추가한 다음 이 페이지를 새로 고치세요.",
    },
}
