/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * URLs of STUN and TURN servers.
 */
#include <rtc-server.h>
#include <string.h>

static const struct
{
  const gchar *url;
  RtcServerKind kind;
  const gchar *host;
  guint port;
} good[] = {
  {"stun:stun.example.org", RTC_SERVER_STUN, "stun.example.org", 3478},
  {"stun:192.0.2.1:19302", RTC_SERVER_STUN, "192.0.2.1", 19302},
  {"STUN:example.org:1", RTC_SERVER_STUN, "example.org", 1},
  {"turn:example.org", RTC_SERVER_TURN_UDP, "example.org", 3478},
  {"turn:example.org?transport=udp", RTC_SERVER_TURN_UDP, "example.org", 3478},
  {"turn:example.org:443?transport=tcp", RTC_SERVER_TURN_TCP, "example.org",
      443},
  {"turn://example.org:443", RTC_SERVER_TURN_UDP, "example.org", 443},
  {"turns:example.org", RTC_SERVER_TURN_TLS, "example.org", 5349},
  {"turns:example.org:443?transport=tcp", RTC_SERVER_TURN_TLS, "example.org",
      443},
  {"turn:[2001:db8::1]:65535", RTC_SERVER_TURN_UDP, "2001:db8::1", 65535},
  {"stun:[2001:db8::1]", RTC_SERVER_STUN, "2001:db8::1", 3478},
};

static const gchar *const bad[] = { "", ":", "stun", "stun:", "stun::1",
  "stuns:example.org", "turns:example.org?transport=udp", "http://example.org",
  "turn:example.org?transport=", "turn:example.org?transport=sctp",
  "turn:example.org?other=udp", "stun:example.org?transport=udp",
  "stun:example.org:0", "stun:example.org:65536", "stun:example.org:",
  "stun:example.org:1x", "stun:example.org:-1", "stun:example.org:+1",
  "stun:exa mple.org", "stun:user@example.org", "stun:example.org/path",
  "turn:[2001:db8::1", "turn:[example.org]:1", "turn:[]:1",
  "turn:[2001:db8::1]1", "turn:2001:db8::1", "turn:example.org\n",
};

static void
understood (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (good); i++) {
    RtcServer server;
    gchar *host;

    g_test_message ("%s", good[i].url);
    g_assert_true (rtc_server_parse (good[i].url, &server, &host));
    g_assert_cmpint (server.kind, ==, good[i].kind);
    g_assert_cmpstr (server.host, ==, good[i].host);
    g_assert_true (server.host == host);
    g_assert_cmpuint (server.port, ==, good[i].port);
    g_assert_null (server.user);
    g_free (host);
  }
}

static void
refused (void)
{
  gchar *name = g_strnfill (254, 'a'), *url = g_strconcat ("stun:", name, NULL);
  RtcServer server;
  gchar *host;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_test_message ("%s", bad[i]);
    g_assert_false (rtc_server_parse (bad[i], &server, &host));
    g_assert_null (host);
  }
  g_assert_false (rtc_server_parse (url, &server, &host));
  g_free (url);
  g_free (name);
}

static void
copied (void)
{
  gchar host[] = "example.org", user[] = "user", password[] = "secret";
  const RtcServer servers[2] = {
    {RTC_SERVER_TURN_TCP, host, 443, user, password},
    {RTC_SERVER_STUN, host, 3478, NULL, NULL},
  };
  RtcServer *copy = rtc_servers_copy (servers, 2);

  memset (host, 'x', 3);
  memset (user, 'x', 3);
  memset (password, 'x', 3);
  g_assert_cmpstr (copy[0].host, ==, "example.org");
  g_assert_cmpstr (copy[0].user, ==, "user");
  g_assert_cmpstr (copy[0].password, ==, "secret");
  g_assert_cmpuint (copy[0].port, ==, 443);
  g_assert_null (copy[1].user);
  rtc_servers_free (copy, 2);
  rtc_servers_free (rtc_servers_copy (NULL, 0), 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rtc-server/understood", understood);
  g_test_add_func ("/rtc-server/refused", refused);
  g_test_add_func ("/rtc-server/copied", copied);
  return g_test_run ();
}
