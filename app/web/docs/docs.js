// Swagger UI over the shop's own description. Authorize with the access_token that
// POST /login answers; it is kept in this page alone.
(function () {
    'use strict';
    var at = document.getElementById('docs');

    if (typeof SwaggerUIBundle === 'undefined') {
        at.textContent = 'Swagger UI is not installed on this machine; the description is at /api/v1/openapi.json.';
        return;
    }
    SwaggerUIBundle({
        url: '/api/v1/openapi.json',
        domNode: at,
        tryItOutEnabled: true,
        displayRequestDuration: true,
        persistAuthorization: false,
        docExpansion: 'list',
        defaultModelsExpandDepth: -1,
        syntaxHighlight: false,
        validatorUrl: null
    });
})();
