"""What the customers' pages say, in English and Korean."""

from saekdong.web.site.texts import Texts

TEXTS: Texts = {
    "all_colors": {"en": "All colors", "ko": "모두"},
    "any_color": {"en": "Any color", "ko": "하나라도"},
    "apply": {"en": "Apply", "ko": "적용"},
    "capped": {"en": "The newest that match your words", "ko": "검색어에 맞는 최신 상품만 봅니다"},
    "categories": {"en": "Category", "ko": "카테고리"},
    "category_up": {"en": "All categories", "ko": "전체 카테고리"},
    "chosen": {"en": "Filters in force", "ko": "적용한 필터"},
    "clear_all": {"en": "Clear all", "ko": "모두 지우기"},
    "color_pattern": {"en": "Write a color as #2f6fc4", "ko": "#2f6fc4처럼 쓰세요"},
    "color_picker": {"en": "Pick a color", "ko": "색 고르기"},
    "color_to_find": {"en": "Color to look for", "ko": "찾을 색"},
    "difference": {"en": "Color difference {difference}", "ko": "색차 {difference}"},
    "empty_advice": {
        "en": "Take a filter away, or choose “any color” instead of all.",
        "ko": "필터를 하나 빼거나 ‘모두’ 대신 ‘하나라도’를 골라 보세요.",
    },
    "filters": {"en": "Filters", "ko": "필터"},
    "from": {"en": "from", "ko": "최소"},
    "listing": {"en": "Products by color", "ko": "색으로 찾는 상품"},
    "match": {"en": "Several colors", "ko": "색을 여럿 고르면"},
    "near_among": {
        "en": "Of the products that the other filters leave, the nearest first.",
        "ko": "다른 필터에 맞는 상품을 가까운 순서로 보여 줍니다.",
    },
    "near_capped": {
        "en": "So many products fit that not all of them were compared.",
        "ko": "맞는 상품이 많아 일부만 비교했습니다.",
    },
    "near_listed": {"en": "Nearest to {color}", "ko": "{color}에 가까운 상품"},
    "no_results": {"en": "No product fits.", "ko": "맞는 상품이 없습니다."},
    "price_max": {"en": "Highest price", "ko": "최고 가격"},
    "price_min": {"en": "Lowest price", "ko": "최저 가격"},
    "products_near": {"en": "The nearest {shown} of {count} products", "ko": "상품 {count}개 중 가장 가까운 {shown}개"},
    "products_one": {"en": "1 product", "ko": "상품 1개"},
    "remove": {"en": "Remove {name}", "ko": "{name} 빼기"},
    "shown": {"en": "{count} more products shown", "ko": "상품 {count}개를 더 보여 줍니다"},
    "sort": {"en": "Sort by", "ko": "정렬"},
    "sort_newest": {"en": "Newest", "ko": "최신순"},
    "sort_price": {"en": "Price, low to high", "ko": "낮은 가격순"},
    "sort_price-desc": {"en": "Price, high to low", "ko": "높은 가격순"},
    "sort_share": {"en": "Color share", "ko": "색 비율 높은순"},
    "products": {"en": "{count} products", "ko": "상품 {count}개"},
}
