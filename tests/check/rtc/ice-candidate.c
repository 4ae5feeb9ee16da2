/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Candidates of the other side that are of use, and those that are not; ours
 * without the related address.
 */
#include <ice-candidate.h>

static const gchar *const udp[] = {
  "candidate:1 1 UDP 2130706431 192.0.2.1 50000 typ host",
  "candidate:842163049 1 udp 1677729535 192.0.2.1 46154 typ srflx raddr "
      "10.0.0.1 rport 46154 generation 0 ufrag abcd network-cost 999",
  "candidate:1 1 udp 1 2001:db8::1 9 typ host",
  "candidate:r 1 udp 1 192.0.2.1 9 typ relay raddr 0.0.0.0 rport 0",
  "candidate:p 1 udp 1 192.0.2.1 9 typ prflx",
};

static const gchar *const tcp[] = {
  "candidate:1 1 tcp 1 192.0.2.1 9 typ host tcptype passive",
  "candidate:1 1 TCP 1 192.0.2.1 9 typ host tcptype active",
};

static const gchar *const useless[] = { "", "candidate:", "a=candidate:",
  "nonsense", "candidate:1 1 UDP 1 192.0.2.1",
  "candidate:1 1 UDP 1 192.0.2.1 9",
  "candidate:1 2 UDP 1 192.0.2.1 9 typ host",
  "candidate:1 11 UDP 1 192.0.2.1 9 typ host",
  "candidate:1 1 UDP 1 0a1b-2c3d.local 9 typ host",
  "candidate:1 1 UDP x 192.0.2.1 9 typ host",
  "candidate:1 1 UDP 4294967296 192.0.2.1 9 typ host",
  "candidate:1 1 UDP 1 192.0.2.1 65536 typ host",
  "candidate:1 1 UDP 1 192.0.2.1 -1 typ host",
  "candidate:1 1 UDP 1 192.0.2.1 9 typ",
  "candidate:1 1 UDP 1 192.0.2.1 9 typ other",
  "candidate:1 1 UDP 1 192.0.2.1 9 typ host typ other",
  "candidate:1 1 UDP 1 192.0.2.1 9 typ host generation",
  "candidate:1 1 tcp 1 192.0.2.1 9 typ host tcptype passive tcptype so",
  "candidate:1 1 UDP 1 192.0.2.1 9 type host",
  "candidate:1 1 DCCP 1 192.0.2.1 9 typ host",
  "candidate:1 1 tcp 1 192.0.2.1 9 typ host",
  "candidate:1 1 tcp 1 192.0.2.1 9 typ host tcptype",
  "candidate:1 1 tcp 1 192.0.2.1 9 typ host tcptype so",
  "candidate:1 1 udp 1 192.0.2.1 9 typ srflx raddr name.local rport 1",
  "candidate:1 1 udp 1 192.0.2.1 9 typ srflx raddr 192.0.2.1 rport x",
};

static void
useful (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (udp); i++) {
    g_test_message ("%s", udp[i]);
    g_assert_true (ice_candidate_is_useful (udp[i], FALSE));
    g_assert_true (ice_candidate_is_useful (udp[i], TRUE));
  }
  for (guint i = 0; i < G_N_ELEMENTS (tcp); i++) {
    g_test_message ("%s", tcp[i]);
    g_assert_false (ice_candidate_is_useful (tcp[i], FALSE));
    g_assert_true (ice_candidate_is_useful (tcp[i], TRUE));
  }
}

static void
not_useful (void)
{
  gchar *spaces = g_strnfill (400, ' ');
  gchar *many = g_strconcat ("candidate:", spaces, NULL);
  gchar *end = g_strnfill (600, 'x');
  gchar *much = g_strconcat (udp[0], " ", end, " x", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (useless); i++) {
    g_test_message ("%s", useless[i]);
    g_assert_false (ice_candidate_is_useful (useless[i], TRUE));
  }
  g_assert_false (ice_candidate_is_useful (many, TRUE));
  g_assert_false (ice_candidate_is_useful (much, TRUE));
  g_free (spaces);
  g_free (many);
  g_free (end);
  g_free (much);
}

static void
check_without (const gchar * line, const gchar * expected)
{
  gchar *text = ice_candidate_without_related (line);

  g_assert_cmpstr (text, ==, expected);
  g_free (text);
}

static void
without_related (void)
{
  check_without ("candidate:1 1 UDP 1 192.0.2.1 9 typ relay raddr 10.0.0.1 "
      "rport 5000", "candidate:1 1 UDP 1 192.0.2.1 9 typ relay raddr 0.0.0.0 "
      "rport 9");
  check_without ("candidate:1 1 UDP 1 2001:db8::1 9 typ relay raddr fd00::1 "
      "rport 5000", "candidate:1 1 UDP 1 2001:db8::1 9 typ relay raddr :: "
      "rport 9");
  check_without (udp[0], udp[0]);
  check_without ("", "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ice-candidate/useful", useful);
  g_test_add_func ("/ice-candidate/not-useful", not_useful);
  g_test_add_func ("/ice-candidate/without-related", without_related);
  return g_test_run ();
}
