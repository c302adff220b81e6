"""Who may use which route of the studio: the one table. A route without a rule fails at the start."""

from saekdong.web.access.rules import Rules

RULES: Rules = {
    # The customers' pages, and what all pages share.
    "GET /": "anyone",
    "GET /product": "anyone",
    "GET /photo": "anyone",
    "GET /language": "anyone",
    "GET /static/site/*": "anyone",
    "GET /static/shop/*": "anyone",
    "GET /static/desk/*": "anyone",
    # Logging in.
    "GET /sign-in": "anyone",
    "POST /sign-in": "anyone",
    "GET /desk/login": "anyone",
    "POST /desk/login": "anyone",
    "POST /desk/logout": "viewer",
    "GET /desk/invitation": "anyone",
    "POST /desk/invitation": "anyone",
    "GET /desk/login/openid": "anyone",
    "GET /desk/login/openid/back": "anyone",
    # The desk.
    "GET /desk": "viewer",
    "GET /desk/product": "viewer",
    "POST /desk/product/correct": "editor",
    "GET /desk/doubtful": "viewer",
    "GET /desk/conflicts": "viewer",
    "GET /desk/corrections.csv": "viewer",
    # One's own account.
    "GET /desk/account": "viewer",
    "POST /desk/account/password": "viewer",
    "POST /desk/account/tokens": "viewer",
    "POST /desk/account/tokens/revoke": "viewer",
    "POST /desk/account/sessions/end": "viewer",
    # People.
    "GET /desk/people": "admin",
    "POST /desk/people/invite": "admin",
    "POST /desk/people/role": "admin",
    "GET /desk/people/remove": "admin",
    "POST /desk/people/remove": "admin",
    "POST /desk/people/invitations/withdraw": "admin",
    "POST /desk/people/sessions/end": "admin",
    "POST /desk/people/tokens/revoke": "admin",
    "GET /desk/people/log": "admin",
    # The API.
    "GET /openapi.json": "anyone",
    "GET /api/products": "anyone",
    "GET /api/products/{product_id:path}": "anyone",
    "GET /api/facets": "anyone",
    "GET /api/near": "anyone",
    "POST /api/near": "anyone",
    "GET /api/conflicts": "viewer",
    "POST /products": "editor",
    "POST /api/products": "editor",
    "PUT /api/products/{product_id:path}/correction": "editor",
    "DELETE /api/products/{product_id:path}/correction": "editor",
    "POST /api/review/next": "editor",
    "POST /api/review/items/{item}/answer": "editor",
    "POST /api/review/undo": "editor",
    "GET /api/review/stats": "editor",
}
