/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The messages that open data channels, both ways.
 */
#include <dcep-message.h>
#include <string.h>

/* A lossy channel, as LiveKit's clients open it. */
static const guint8 LOSSY[] = { 3, 0x81, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0,
  '_', 'l', 'o', 's', 's', 'y'
};

static void
there_and_back (void)
{
  DcepMessage message;
  guint8 out[DCEP_MAX_SIZE];

  g_assert_true (dcep_message_parse (&message, LOSSY, sizeof LOSSY));
  g_assert_cmpint (message.type, ==, DCEP_OPEN);
  g_assert_true (message.reliability.unordered);
  g_assert_cmpint (message.reliability.kind, ==, DCEP_RETRANSMITS);
  g_assert_cmpuint (message.reliability.limit, ==, 0);
  g_assert_cmpstr (message.label, ==, "_lossy");
  g_assert_cmpuint (dcep_message_write (&message, out, sizeof out), ==,
      sizeof LOSSY);
  g_assert_cmpmem (out, sizeof LOSSY, LOSSY, sizeof LOSSY);
  g_assert_cmpuint (dcep_message_write (&message, out, sizeof LOSSY - 1), ==,
      0);
}

static void
all_fields (void)
{
  static const guint8 data[] = { 3, 2, 1, 0, 0, 1, 2, 3, 0, 1, 0, 2, 'x', 'y',
    'z'
  };
  DcepMessage message;

  g_assert_true (dcep_message_parse (&message, data, sizeof data));
  g_assert_false (message.reliability.unordered);
  g_assert_cmpint (message.reliability.kind, ==, DCEP_LIFETIME);
  g_assert_cmpuint (message.reliability.limit, ==, 0x010203);
  g_assert_cmpstr (message.label, ==, "x");
}

static void
acknowledgement (void)
{
  DcepMessage message = {.type = DCEP_ACK };
  guint8 out[1];

  g_assert_cmpuint (dcep_message_write (&message, out, 0), ==, 0);
  g_assert_cmpuint (dcep_message_write (&message, out, 1), ==, 1);
  g_assert_cmpuint (out[0], ==, 2);
  g_assert_true (dcep_message_parse (&message, out, 1));
  g_assert_cmpint (message.type, ==, DCEP_ACK);
}

static void
refused (void)
{
  guint8 bad[sizeof LOSSY + 1], big[12 + 256] = { 3 };
  DcepMessage message;

  for (gsize n = 0; n < sizeof LOSSY; n++)
    g_assert_false (dcep_message_parse (&message, LOSSY, n));
  memcpy (bad, LOSSY, sizeof LOSSY);
  bad[sizeof LOSSY] = 0;
  g_assert_false (dcep_message_parse (&message, bad, sizeof bad));
  bad[13] = 0;                  /* a label with a hole */
  g_assert_false (dcep_message_parse (&message, bad, sizeof LOSSY));
  bad[13] = 0xff;
  g_assert_false (dcep_message_parse (&message, bad, sizeof LOSSY));
  bad[13] = 'l';
  bad[1] = 3;                   /* no such kind */
  g_assert_false (dcep_message_parse (&message, bad, sizeof LOSSY));
  bad[0] = 1;
  g_assert_false (dcep_message_parse (&message, bad, sizeof LOSSY));
  memset (big + 12, 'a', 256);
  big[8] = 1;
  g_assert_false (dcep_message_parse (&message, big, sizeof big));
  big[8] = 0;
  big[9] = 255;
  g_assert_true (dcep_message_parse (&message, big, sizeof big - 1));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dcep-message/there-and-back", there_and_back);
  g_test_add_func ("/dcep-message/all-fields", all_fields);
  g_test_add_func ("/dcep-message/acknowledgement", acknowledgement);
  g_test_add_func ("/dcep-message/refused", refused);
  return g_test_run ();
}
