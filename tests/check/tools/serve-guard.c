/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Who may talk to `gst-voice serve`.
 */
#include <serve-guard.h>
#include <string.h>

static void
local_hosts (void)
{
  static const gchar *const good[] = { "localhost", "localhost:8080",
    "LocalHost:1", "127.0.0.1:8080", "127.8.0.1", "[::1]:9"
  };
  static const gchar *const bad[] = { "", "evil.example", "localhost.evil.eu",
    "192.0.2.1:8080", "127.0.0.1.evil.eu", "a@localhost", "localhost/x",
    "localhost?x", "[::2]", "0.0.0.0:80", "[fe80::1]", "localhost:x", "local"
  };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (serve_guard_is_local (good[i]));
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    if (serve_guard_is_local (bad[i]))
      g_error ("'%s' is taken for this machine", bad[i]);
  }
  g_assert_false (serve_guard_is_local (NULL));
}

static void
origins (void)
{
  g_assert_true (serve_guard_is_ours (NULL, "localhost:1"));
  g_assert_true (serve_guard_is_ours ("http://localhost:1", "localhost:1"));
  g_assert_true (serve_guard_is_ours ("https://A.example", "a.example"));
  g_assert_false (serve_guard_is_ours ("http://localhost:2", "localhost:1"));
  g_assert_false (serve_guard_is_ours ("http://evil.example", "localhost:1"));
  g_assert_false (serve_guard_is_ours ("null", "localhost:1"));
  g_assert_false (serve_guard_is_ours ("http://localhost:1", NULL));
  g_assert_false (serve_guard_is_ours ("", ""));
}

static void
tokens (void)
{
  g_assert_true (serve_guard_has_token ("Bearer abc", "abc"));
  g_assert_true (serve_guard_has_token ("bearer abc", "abc"));
  g_assert_false (serve_guard_has_token (NULL, "abc"));
  g_assert_false (serve_guard_has_token ("", "abc"));
  g_assert_false (serve_guard_has_token ("Bearer ", "abc"));
  g_assert_false (serve_guard_has_token ("Bearer abcd", "abc"));
  g_assert_false (serve_guard_has_token ("Bearer ab", "abc"));
  g_assert_false (serve_guard_has_token ("Bearer abd", "abc"));
  g_assert_false (serve_guard_has_token ("Basic abc", "abc"));
}

static void
secrets (void)
{
  gchar *one = serve_guard_secret (), *two = serve_guard_secret ();

  g_assert_cmpstr (one, !=, two);
  g_assert_cmpuint (strlen (one), ==, 32);
  g_assert_cmpuint (strspn (one, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS
          "-_"), ==, 32);
  g_free (one);
  g_free (two);
}

static void
bucket (void)
{
  const gint64 second = G_USEC_PER_SEC;
  ServeBucket b = { 0 };

  for (guint i = 0; i < 3; i++)
    g_assert_true (serve_bucket_take (&b, 3, 1, second));
  g_assert_false (serve_bucket_take (&b, 3, 1, second));
  g_assert_false (serve_bucket_take (&b, 3, 1, second + second / 2));
  g_assert_true (serve_bucket_take (&b, 3, 1, 2 * second));
  g_assert_false (serve_bucket_take (&b, 3, 1, 2 * second));
  /* It does not become fuller than full. */
  for (guint i = 0; i < 3; i++)
    g_assert_true (serve_bucket_take (&b, 3, 1, 1000 * second));
  g_assert_false (serve_bucket_take (&b, 3, 1, 1000 * second));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/serve-guard/local-hosts", local_hosts);
  g_test_add_func ("/serve-guard/origins", origins);
  g_test_add_func ("/serve-guard/tokens", tokens);
  g_test_add_func ("/serve-guard/secrets", secrets);
  g_test_add_func ("/serve-guard/bucket", bucket);
  return g_test_run ();
}
