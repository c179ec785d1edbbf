/* Sign-in as requests carry it: bearer tokens, cookies, CSRF. */
#ifndef SOUK_ACCOUNT_ACCOUNT_HTTP_H
#define SOUK_ACCOUNT_ACCOUNT_HTTP_H

#include "account/account.h"

/* For the browser: the pair as cookies "access" and "refresh", or their removal. */
void session_cookies(struct app *app, const struct req *rq, struct resp *rs,
    const struct token_pair *tp);
void session_cookies_clear(const struct req *rq, struct resp *rs);

/* The router's hook: bearer token, else the "access" cookie, else (the access token of the
 * cookie being over) the "refresh" cookie is rotated and new cookies are set. */
enum err account_authenticate(struct req *rq, struct resp *rs, struct fault *flt) MUST_CHECK;
/* The router's hook: with the setting admin_totp the back office is for accounts with two-step
 * sign-in; the database is asked each time, so that turning it off counts at once. ERR_FORBIDDEN
 * "totp_needed"; a page goes to where it is turned on. */
enum err account_enter(struct req *rq, struct resp *rs, struct fault *flt) MUST_CHECK;
/* For nginx' auth_request: fill rq->who from the credentials without spending any (a
 * subrequest's cookies are lost, so it must not rotate). ERR_AUTH: none, or bad ones. */
enum err account_peek(struct req *rq) MUST_CHECK;
/* Sign in or up as this request asks, for pages and API alike: the account, its first token
 * pair, and the guest's cart merged into its own. */
struct sign_in {
    struct account acc;
    struct token_pair tp;
    int64_t merged, capped; /* lines of the guest's cart taken over; cut to what is in stock */
};
/* `in` without its ip: the request's. */
enum err account_sign_in(struct req *rq, const struct login_in *in, struct sign_in *out,
    struct fault *flt) MUST_CHECK;
enum err account_sign_up(struct req *rq, struct str email, struct str password,
    struct str name, struct sign_in *out, struct fault *flt) MUST_CHECK;
/* After sessions were ended by another domain: their access tokens count no more. */
void account_sessions_ended(struct req *rq);
/* The account as the API shows it to its owner. */
void account_jout(struct jout *j, const struct account *acc);
extern const struct schema account_schema;
/* 202 {"accepted": true}: what was asked for happens, and nothing more is said of it. */
void account_accepted(struct resp *rs);
extern const struct schema accepted_schema;

/* CSRF tokens are bound to the browser's guest cookie. */
struct str csrf_token(struct req *rq, struct resp *rs);
bool csrf_ok(struct req *rq, struct str token);

#endif
