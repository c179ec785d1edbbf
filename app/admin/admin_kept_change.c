/* What a form of admin_kept.c sends: add, save, delete. A refusal that can be mended is
 * the form again with what was typed. A change and the version it is based on are
 * compared with the row locked. */
#include "admin/admin_kept.h"

#include <inttypes.h>

#include "routes.h"

/* One change, so that a transaction can run it anew. */
struct change {
    struct kept c;
    struct fault *flt;
    struct jval *body;
    int64_t id, version;
    void *obj;
};

static enum err
change_open(struct change *ch, struct req *rq, struct resp *rs, bool stored)
{
    enum err e;

    *ch = (struct change){.flt = &rs->fault, .version = jin_i64(rq->in, "version", 0)};
    if ((e = kept_open(&ch->c, rq)) != ERR_OK)
        return e;
    ch->obj = arena_calloc(rq->arena, 1, ch->c.k->rest->size);
    return stored ? req_param_id(rq, 0, &ch->id) : ERR_OK;
}

static enum err
add_tx(struct db *db, void *arg)
{
    struct change *ch = arg;
    const struct rest_kind *k = ch->c.k->rest;
    struct arena *a = ch->c.rq->arena;
    enum err e;

    fault_clear(ch->flt);
    k->init(ch->obj);
    if ((e = k->read(db, a, ch->body, ch->obj, ch->flt)) != ERR_OK)
        return e;
    return k->add(db, a, ch->obj, ch->flt);
}

/* Lock the row; ERR_PRECONDITION: it is not what the form was about any more. */
static enum err
lock(struct db *db, struct change *ch)
{
    const struct rest_kind *k = ch->c.k->rest;
    enum err e;

    fault_clear(ch->flt);
    if ((e = k->get(db, ch->c.rq->arena, ch->id, true, ch->obj)) != ERR_OK)
        return e;
    return kept_number_at(ch->obj, k->version_at) == ch->version ? ERR_OK
                                                                 : ERR_PRECONDITION;
}

static enum err
save_tx(struct db *db, void *arg)
{
    struct change *ch = arg;
    const struct rest_kind *k = ch->c.k->rest;
    struct arena *a = ch->c.rq->arena;
    enum err e = lock(db, ch);

    if (e == ERR_OK)
        e = k->read(db, a, ch->body, ch->obj, ch->flt);
    return e == ERR_OK ? k->change(db, a, ch->obj, ch->flt) : e;
}

static enum err
remove_tx(struct db *db, void *arg)
{
    struct change *ch = arg;
    enum err e = lock(db, ch);

    return e == ERR_OK ? ch->c.k->rest->remove(db, ch->id, ch->flt) : e;
}

/* The form again. It carries the version of now: who saves after this message has read
 * it. */
static enum err
refused(struct change *ch, struct resp *rs, enum err e, struct jval *typed)
{
    if (e == ERR_PRECONDITION) {
        fault_clear(ch->flt);
        (void)fault_set(ch->flt, ERR_CONFLICT, "", "%s",
            typed != NULL
                ? "Someone else has changed it meanwhile. Below is what you typed: saving"
                  " it now overwrites their change, loading the page again shows it."
                : "Someone else has changed it meanwhile: look at it again before you"
                  " delete it.");
        e = ERR_CONFLICT;
    }
    if (e != ERR_CONFLICT && e != ERR_INVALID)
        return e;
    if (typed != NULL)
        kept_faults(&ch->c, typed, ch->flt);
    return kept_form_show(&ch->c, rs, err_status(e), ch->id, typed);
}

/* `in` as the form it came from; the engine reads no other field of the request. */
static struct jval *
typed_of(struct req *rq)
{
    struct jval *v = arena_alloc(rq->arena, sizeof(*v));

    *v = *rq->in;
    return v;
}

static void
changed(const struct change *ch)
{
    if (ch->c.k->changed != NULL)
        ch->c.k->changed(app_of(ch->c.rq)->cache);
}

/* "Saved.", and what is told this once: a secret that the change made. The message stands
 * in a cookie of this browser for a minute and is shown by the next page. */
static enum err
say(const struct change *ch, struct resp *rs, const char *done)
{
    struct req *rq = ch->c.rq;
    struct jval *o;
    struct str secret;
    enum err e = kept_json(rq->arena, ch->c.k->rest, ch->obj, &o);

    if (e != ERR_OK)
        return e;
    secret = jin_str(o, "secret");
    if (secret.n > 0)
        page_flash(rq, rs, "success",
            "%s The key of its signatures, shown this once: %.*s", done, STR_F(secret));
    else
        page_flash(rq, rs, "success", "%s", done);
    return ERR_OK;
}

/* POST /admin/<kind>: 303 to the list; 409 taken; 422. */
enum err
kept_create_form(struct req *rq, struct resp *rs)
{
    struct jval *typed = typed_of(rq);
    struct change ch;
    enum err e = change_open(&ch, rq, rs, false);

    if (e != ERR_OK)
        return e;
    if ((e = kept_body(&ch.c, typed, &ch.body, ch.flt)) == ERR_OK)
        e = db_tx(ch.c.db, add_tx, &ch);
    if (e != ERR_OK)
        return refused(&ch, rs, e, typed);
    changed(&ch);
    e = say(&ch, rs, arena_printf(rq->arena, "The %s is there.", ch.c.k->one).p);
    resp_redirect(rs, "/admin/%s", ch.c.k->rest->name);
    return e;
}

/* POST /admin/<kind>/{id}: 303; 404; 409 stale or taken; 422. */
enum err
kept_save_form(struct req *rq, struct resp *rs)
{
    struct jval *typed = typed_of(rq);
    struct change ch;
    enum err e = change_open(&ch, rq, rs, true);

    if (e != ERR_OK)
        return e;
    if ((e = kept_body(&ch.c, typed, &ch.body, ch.flt)) == ERR_OK)
        e = db_tx(ch.c.db, save_tx, &ch);
    if (e != ERR_OK)
        return refused(&ch, rs, e, typed);
    changed(&ch);
    e = say(&ch, rs, "Saved.");
    resp_redirect(rs, "/admin/%s/%" PRId64, ch.c.k->rest->name, ch.id);
    return e;
}

/* POST /admin/<kind>/{id}/delete: 303 to the list; 404; 409 stale or in use. */
enum err
kept_delete_form(struct req *rq, struct resp *rs)
{
    struct change ch;
    enum err e = change_open(&ch, rq, rs, true);

    if (e == ERR_OK)
        e = db_tx(ch.c.db, remove_tx, &ch);
    if (e != ERR_OK)
        return refused(&ch, rs, e, NULL);
    changed(&ch);
    page_flash(rq, rs, "info", "The %s is deleted.", ch.c.k->one);
    resp_redirect(rs, "/admin/%s", ch.c.k->rest->name);
    return ERR_OK;
}
