/* souk migrate, keys, admin: making a shop ready for its people. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account/account.h"
#include "account/totp.h"
#include "auth/token.h"
#include "base/rand.h"
#include "db/migrate.h"
#include "json/jout.h"
#include "tool.h"

#define PATH_N 600
#define PASSWORD_BYTES 15
#define KEY_BYTES 32
#define KID_BYTES 6

static void
say(const char *line)
{
    (void)printf("%s\n", line);
}

int
tool_migrate(struct tool *t)
{
    char dir[PATH_N], msg[400] = "it failed; see the log above";
    struct db *db;
    struct arena *a;
    int applied = 0, rc = tool_open(t, 0, &db, &a);

    if (rc == EXIT_SUCCESS) {
        (void)snprintf(dir, sizeof(dir), "%s/sql", t->app->set.share_dir);
        if (migrate_run(db, dir, &applied, say, msg, sizeof(msg)) != ERR_OK)
            rc = tool_fail("%s", msg);
        else
            (void)printf("%s\n", applied > 0 ? "migrated" : "up to date");
    }
    tool_close(t, db, a);
    return rc;
}

/* The new key's line, then the newest TOKEN_KEYS_MAX - 1 of the old ones. */
static bool
keys_write(FILE *out, FILE *old)
{
    unsigned char key[KEY_BYTES];
    char kid[RAND_TOKEN_N(KID_BYTES)], line[256];
    size_t i;
    int n = 1;

    rand_bytes(key, sizeof(key));
    (void)rand_token(kid, sizeof(kid), KID_BYTES);
    (void)fprintf(out, "%s ", kid);
    for (i = 0; i < sizeof(key); i++)
        (void)fprintf(out, "%02x", key[i]);
    (void)fputc('\n', out);
    explicit_bzero(key, sizeof(key));
    while (old != NULL && n < TOKEN_KEYS_MAX && fgets(line, sizeof(line), old) != NULL) {
        (void)fputs(line, out);
        n++;
    }
    explicit_bzero(line, sizeof(line));
    return fflush(out) == 0 && fsync(fileno(out)) == 0;
}

/* What was sealed with an old key is sealed with the new one, before that is dropped from the
 * file by later rotations. */
static int
reseal(struct tool *t)
{
    struct db *db;
    struct arena *a;
    int rc = tool_open(t, APP_AUTH, &db, &a);

    if (rc == EXIT_SUCCESS && totp_reseal(t->app, db, a) != ERR_OK)
        rc = tool_fail("the devices of two-step sign-in are not sealed anew; see the log above,"
                       " then rotate once more while the shop runs");
    tool_close(t, db, a);
    return rc;
}

int
tool_keys(struct tool *t)
{
    const struct settings *s = &t->app->set;
    char path[PATH_N], tmp[PATH_N + 8];
    FILE *old, *out = NULL;
    bool ok;
    int fd;

    if (t->argc != 2 || strcmp(t->argv[1], "rotate") != 0)
        return tool_fail("usage: souk keys rotate");
    if (s->key_file[0] != '\0')
        (void)snprintf(path, sizeof(path), "%s", s->key_file);
    else
        (void)snprintf(path, sizeof(path), "%s/keys", s->state_dir);
    (void)snprintf(tmp, sizeof(tmp), "%s.new", path);
    fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd >= 0)
        out = fdopen(fd, "w");
    if (out == NULL)
        return tool_fail("%s cannot be written: %s", tmp, strerrordesc_np(errno));
    old = fopen(path, "re");
    ok = keys_write(out, old);
    if (old != NULL)
        (void)fclose(old);
    ok = fclose(out) == 0 && ok && rename(tmp, path) == 0;
    if (!ok)
        return tool_fail("%s cannot be written: %s", path, strerrordesc_np(errno));
    (void)printf("a new key signs from the workers' next start; the old ones still verify\n");
    return old == NULL ? EXIT_SUCCESS : reseal(t);
}

/* What the operator keeps: {"email": "...", "password": "..."}. */
static void
print_login(struct str email, struct str password)
{
    struct buf b;
    struct jout j;

    buf_init(&b, 4096);
    jout_init(&j, &b);
    jout_obj(&j);
    jout_kstr(&j, "email", email);
    jout_kstr(&j, "password", password);
    jout_obj_end(&j);
    (void)printf("%s\n", buf_cstr(&b));
    explicit_bzero(b.p, b.n);
    buf_done(&b);
}

/* --role, which souk.c has put behind the other words; "admin" without. */
static const char *
role_of(const struct tool *t)
{
    static const char *const roles[] = {"staff", "admin"};
    size_t i;

    if (t->argc == 3)
        return "admin";
    if (t->argc == 5 && strcmp(t->argv[1], "create") == 0
        && strcmp(t->argv[3], "--role") == 0)
        for (i = 0; i < NELEM(roles); i++)
            if (strcmp(t->argv[4], roles[i]) == 0)
                return roles[i];
    return NULL;
}

static int
admin_do(struct tool *t, struct db *db, struct arena *a)
{
    struct str email = str_c(t->argv[2]);
    char text[RAND_TOKEN_N(PASSWORD_BYTES)];
    struct str password = rand_token(text, sizeof(text), PASSWORD_BYTES);
    const struct account_new an = {email, password, strcmp(role_of(t), "admin") == 0 ? STR("Admin") : STR("Staff"), role_of(t), true};
    struct account acc;
    struct fault flt;
    enum err e;

    fault_clear(&flt);
    if (strcmp(t->argv[1], "create") == 0)
        e = account_create(t->app, &an, a, &acc, &flt);
    else
        e = account_set_password(t->app, db, a, email, password);
    if (e == ERR_CONFLICT)
        return tool_fail("%s has an account; souk admin password %s gives it a new password",
            t->argv[2], t->argv[2]);
    if (e == ERR_NOT_FOUND)
        return tool_fail("there is no account of %s", t->argv[2]);
    if (e != ERR_OK)
        return tool_fail("%s",
            flt.n > 0 ? flt.field[0].detail : "the account cannot be stored; see the log above");
    print_login(email, password);
    explicit_bzero(text, sizeof(text));
    return EXIT_SUCCESS;
}

int
tool_admin(struct tool *t)
{
    struct db *db;
    struct arena *a;
    int rc;

    if (t->argc < 3 || role_of(t) == NULL
        || (strcmp(t->argv[1], "create") != 0 && strcmp(t->argv[1], "password") != 0))
        return tool_fail("usage: souk admin create EMAIL [--role staff|admin] | souk admin password EMAIL");
    rc = tool_open(t, APP_AUTH, &db, &a);
    if (rc == EXIT_SUCCESS)
        rc = admin_do(t, db, a);
    tool_close(t, db, a);
    return rc;
}
