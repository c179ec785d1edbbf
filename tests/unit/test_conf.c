/* Configuration: who wins, and above all what is refused. */
#include "base/conf.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct settings {
    char *name, *level, *key;
    int64_t port;
    bool fast;
};

#define AT(f) offsetof(struct settings, f)

static const struct conf_def defs[] = {
    {"name", CONF_STR, AT(name), 1, 10, "souk", NULL, false, "the name"},
    {"log_level", CONF_ENUM, AT(level), 0, 0, "info", "error|info", false, "the level"},
    {"api_key", CONF_STR, AT(key), 0, 12, "", NULL, true, "the key"},
    {"port", CONF_INT, AT(port), 1, 65535, "80", NULL, false, "the port"},
    {"fast", CONF_BOOL, AT(fast), 0, 0, "false", NULL, false, "hurry"},
};

static struct settings set;
static char msg[256], path[64];
static char *args[8];
static int args_n, rest_n;

static void
set_up(void)
{
    static const char *const names[] = {"TST_NAME", "TST_LOG_LEVEL", "TST_API_KEY",
        "TST_PORT", "TST_FAST", "TST_API_KEY_FILE"};
    static char program[] = "souk";
    size_t i;

    for (i = 0; i < NELEM(names); i++)
        (void)unsetenv(names[i]); /* NOLINT(concurrency-mt-unsafe): no threads here */
    memset(&set, 0, sizeof(set));
    msg[0] = path[0] = '\0';
    args[0] = program;
    args_n = 1;
}

static void
tear_down(void)
{
    conf_free(defs, NELEM(defs), &set);
    if (path[0] != '\0')
        (void)unlink(path);
}

static void
env(const char *name, const char *value)
{
    (void)setenv(name, value, 1); /* NOLINT(concurrency-mt-unsafe) */
}

static void
file(const char *text)
{
    int fd;

    (void)snprintf(path, sizeof(path), "/tmp/souk-conf-XXXXXX");
    fd = mkstemp(path);
    CU_ASSERT_FATAL(fd >= 0);
    CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    (void)close(fd);
}

static enum err
load(void)
{
    return conf_load(defs, NELEM(defs), &set, "TST", path[0] != '\0' ? path : NULL,
        args_n, args, &rest_n, msg, sizeof(msg));
}

/* Refused, with a message of one line that has `word` in it. */
static bool
refused(const char *word)
{
    return load() == ERR_INVALID && strstr(msg, word) != NULL &&
           strchr(msg, '\n') == NULL && set.name == NULL;
}

static void
arg(char *word)
{
    args[args_n++] = word;
}

static void
test_defaults(void)
{
    CU_ASSERT_EQUAL_FATAL(load(), ERR_OK);
    CU_ASSERT_STRING_EQUAL(set.name, "souk");
    CU_ASSERT_STRING_EQUAL(set.level, "info");
    CU_ASSERT_STRING_EQUAL(set.key, "");
    CU_ASSERT(set.port == 80 && !set.fast && rest_n == 0);
}

static void
test_later_sources_win(void)
{
    static char flag[] = "--port=4";

    file("# a comment\n\n name = of = file \r\nport=2\nlog_level = error\nfast = yes");
    env("TST_PORT", "3");
    env("TST_LOG_LEVEL", "info");
    arg(flag);
    CU_ASSERT_EQUAL_FATAL(load(), ERR_OK);
    CU_ASSERT_STRING_EQUAL(set.name, "of = file");
    CU_ASSERT_STRING_EQUAL(set.level, "info");
    CU_ASSERT(set.port == 4 && set.fast);
}

static void
test_words_are_left_in_order(void)
{
    static char w[][16] = {
        "import", "--log-level", "error", "x.jsonl", "-v", "--", "--port"};
    size_t i;

    for (i = 0; i < NELEM(w); i++)
        arg(w[i]);
    CU_ASSERT_EQUAL_FATAL(load(), ERR_OK);
    CU_ASSERT_STRING_EQUAL(set.level, "error");
    CU_ASSERT_EQUAL_FATAL(rest_n, 4);
    CU_ASSERT_STRING_EQUAL(args[1], "import");
    CU_ASSERT_STRING_EQUAL(args[2], "x.jsonl");
    CU_ASSERT_STRING_EQUAL(args[3], "-v");
    CU_ASSERT_STRING_EQUAL(args[4], "--port");
}

static void
test_bad_values_are_refused(void)
{
    static const char *const bad[][2] = {{"TST_PORT", "0"}, {"TST_PORT", "65536"},
        {"TST_PORT", "8x"}, {"TST_PORT", ""}, {"TST_PORT", "1\n2"}, {"TST_PORT", "1e3"},
        {"TST_FAST", "maybe"}, {"TST_FAST", ""}, {"TST_LOG_LEVEL", "INFO"},
        {"TST_LOG_LEVEL", "error|info"}, {"TST_LOG_LEVEL", ""}, {"TST_NAME", ""},
        {"TST_NAME", "12345678901"}, {"TST_NAME", "\xff"}};
    size_t i;

    for (i = 0; i < NELEM(bad); i++) {
        set_up();
        env(bad[i][0], bad[i][1]);
        CU_ASSERT(refused(bad[i][0]));
    }
}

static void
test_message_says_setting_value_and_bounds(void)
{
    file("\nport = 99999\n");
    CU_ASSERT(refused("port: \"99999\""));
    CU_ASSERT_PTR_NOT_NULL(strstr(msg, "1 to 65535"));
    CU_ASSERT_PTR_NOT_NULL(strstr(msg, "line 2"));
}

static void
test_unknown_names_are_refused(void)
{
    static char flag[] = "--prot=80", prefix[] = "--por=80";

    file("prot = 80\n");
    CU_ASSERT(refused("prot"));
    (void)unlink(path);
    set_up();
    arg(flag);
    CU_ASSERT(refused("prot"));
    set_up();
    arg(prefix);
    CU_ASSERT(refused("por"));
}

static void
test_malformed_sources_are_refused(void)
{
    static char flag[] = "--port";

    file("port\n");
    CU_ASSERT(refused("port"));
    (void)unlink(path);
    set_up();
    arg(flag);
    CU_ASSERT(refused("port"));
    set_up();
    (void)snprintf(path, sizeof(path), "/nonexistent/souk.conf");
    CU_ASSERT(refused("/nonexistent/souk.conf"));
    path[0] = '\0';
}

static void
test_secrets_come_from_files_and_are_not_repeated(void)
{
    file("s3cret\n");
    env("TST_API_KEY_FILE", path);
    path[0] = '\0';
    CU_ASSERT_EQUAL_FATAL(load(), ERR_OK);
    CU_ASSERT_STRING_EQUAL(set.key, "s3cret");
    conf_free(defs, NELEM(defs), &set);
    (void)unlink(getenv("TST_API_KEY_FILE")); /* NOLINT(concurrency-mt-unsafe) */
    CU_ASSERT(refused("api_key"));
    set_up();
    env("TST_API_KEY", "much_too_long_secret");
    CU_ASSERT(refused("api_key"));
    CU_ASSERT_PTR_NULL(strstr(msg, "much_too"));
}

static void
test_required_setting_must_be_given(void)
{
    static const struct conf_def must[] = {
        {"name", CONF_STR, AT(name), 1, 10, NULL, NULL, false, "the name"}};

    CU_ASSERT_EQUAL(
        conf_load(must, 1, &set, "TST", NULL, args_n, args, &rest_n, msg, sizeof(msg)),
        ERR_INVALID);
    CU_ASSERT_PTR_NOT_NULL(strstr(msg, "name: must be given"));
    env("TST_NAME", "x");
    CU_ASSERT_EQUAL(
        conf_load(must, 1, &set, "TST", NULL, args_n, args, &rest_n, msg, sizeof(msg)),
        ERR_OK);
}

static void
test_help_names_every_setting(void)
{
    char *text = NULL;
    size_t n = 0, i;
    FILE *f = open_memstream(&text, &n);

    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    conf_help(defs, NELEM(defs), "TST", f);
    (void)fclose(f);
    for (i = 0; i < NELEM(defs); i++) {
        CU_ASSERT_PTR_NOT_NULL(strstr(text, defs[i].name));
        CU_ASSERT_PTR_NOT_NULL(strstr(text, defs[i].help));
    }
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "1..65535"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "TST_API_KEY_FILE"));
    free(text);
}

static CU_TestInfo tests[] = {
    {"defaults", test_defaults},
    {"later sources win", test_later_sources_win},
    {"words that are no flags are left in order", test_words_are_left_in_order},
    {"bad values are refused", test_bad_values_are_refused},
    {"the message says setting, value, bounds",
        test_message_says_setting_value_and_bounds},
    {"unknown names are refused", test_unknown_names_are_refused},
    {"malformed sources are refused", test_malformed_sources_are_refused},
    {"secrets come from files and are not repeated",
        test_secrets_come_from_files_and_are_not_repeated},
    {"a required setting must be given", test_required_setting_must_be_given},
    {"the help names every setting", test_help_names_every_setting},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo conf_suite = {"conf", NULL, NULL, set_up, tear_down, tests};
