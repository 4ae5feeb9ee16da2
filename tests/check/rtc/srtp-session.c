/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * SRTP between two of ours with either profile, a vector that others test with
 * too, and what is dropped.
 */
#include <srtp-session.h>
#include <string.h>

typedef struct
{
  SrtpSession *a, *b;
} Pair;

static void
set_up (Pair * p, DtlsSrtpProfile profile)
{
  DtlsSrtpKeys a = {.profile = profile,.size =
        profile == DTLS_SRTP_AEAD_AES_128_GCM ? 28 : 30
  }, b;

  for (guint i = 0; i < a.size; i++) {
    a.send[i] = i;
    a.receive[i] = 100 + i;
  }
  b = a;
  memcpy (b.send, a.receive, sizeof b.send);
  memcpy (b.receive, a.send, sizeof b.receive);
  p->a = srtp_session_new (&a, NULL);
  p->b = srtp_session_new (&b, NULL);
  g_assert_nonnull (p->a);
  g_assert_nonnull (p->b);
}

static void
tear_down (Pair * p)
{
  srtp_session_free (p->a);
  srtp_session_free (p->b);
}

/* A packet of RTP or a report of RTCP with 24 bytes. */
static gsize
make_packet (guint8 * data, gboolean rtcp, guint16 sequence)
{
  memset (data, 0, 24);
  data[0] = 0x80;
  data[1] = rtcp ? 201 : 111;
  data[3] = rtcp ? 5 : sequence;
  if (!rtcp)
    data[2] = sequence >> 8;
  data[rtcp ? 7 : 11] = 9;      /* the source */
  memset (data + 12, 'x', 12);
  return 24;
}

static gsize
protected_packet (SrtpSession * session, guint8 * data, gboolean rtcp,
    guint16 sequence)
{
  gsize size = make_packet (data, rtcp, sequence);

  g_assert_true (srtp_session_protect (session, rtcp, data, &size, 64));
  g_assert_cmpuint (size, >, 24);
  g_assert_cmpuint (size, <=, 24 + SRTP_MAX_GROWTH);
  return size;
}

static void
there_and_back (void)
{
  static const DtlsSrtpProfile profiles[] = { DTLS_SRTP_AES_128_CM_SHA1_80,
    DTLS_SRTP_AEAD_AES_128_GCM
  };

  for (guint i = 0; i < 4; i++) {
    guint32 data[16], plain[6];
    gboolean rtcp = i & 1;
    SrtpDropped dropped;
    gsize size;
    Pair p;

    set_up (&p, profiles[i / 2]);
    make_packet ((guint8 *) plain, rtcp, 7);
    size = protected_packet (p.a, (guint8 *) data, rtcp, 7);
    g_assert_cmpint (memcmp (data + 3, plain + 3, 12), !=, 0);
    g_assert_true (srtp_session_unprotect (p.b, rtcp, (guint8 *) data, &size));
    g_assert_cmpmem (data, size, plain, sizeof plain);
    srtp_session_get_dropped (p.b, &dropped);
    g_assert_cmpuint (dropped.replayed + dropped.forged + dropped.malformed,
        ==, 0);
    tear_down (&p);
  }
}

/* Keys in the right place, the right profile: the bytes that every other
 * implementation makes of this key and packet. */
static void
vector (void)
{
  static const guint8 expected[] = {
    0x80, 0x0f, 0x12, 0x34, 0xde, 0xca, 0xfb, 0xad, 0xca, 0xfe, 0xba, 0xbe,
    0x4e, 0x55, 0xdc, 0x4c, 0xe7, 0x99, 0x78, 0xd8, 0x8c, 0xa4, 0xd2, 0x15,
    0x94, 0x9d, 0x24, 0x02, 0xb7, 0x8d, 0x6a, 0xcc, 0x99, 0xea, 0x17, 0x9b,
    0x8d, 0xbb,
  };
  DtlsSrtpKeys keys = {.profile = DTLS_SRTP_AES_128_CM_SHA1_80,.size = 30,
    .send = {0xe1, 0xf9, 0x7a, 0x0d, 0x3e, 0x01, 0x8b, 0xe0, 0xd6, 0x4f, 0xa3,
          0x2c, 0x06, 0xde, 0x41, 0x39, 0x0e, 0xc6, 0x75, 0xad, 0x49, 0x8a,
        0xfe, 0xeb, 0xb6, 0x96, 0x0b, 0x3a, 0xab, 0xe6}
  };
  SrtpSession *session = srtp_session_new (&keys, NULL);
  guint32 data[16];
  gsize size = 28;

  memset (data, 0xab, sizeof data);
  memcpy (data, expected, 12);
  g_assert_true (srtp_session_protect (session, FALSE, (guint8 *) data, &size,
          sizeof data));
  g_assert_cmpmem (data, size, expected, sizeof expected);
  srtp_session_free (session);
}

static void
dropped (void)
{
  guint32 data[16], again[16];
  SrtpDropped d;
  gsize size, n;
  Pair p;

  set_up (&p, DTLS_SRTP_AES_128_CM_SHA1_80);
  n = protected_packet (p.a, (guint8 *) data, FALSE, 1000);
  memcpy (again, data, sizeof data);
  for (guint i = 0; i < n; i++) {       /* every bit is protected */
    size = n;
    memcpy (again, data, sizeof data);
    ((guint8 *) again)[i] ^= 4;
    g_assert_false (srtp_session_unprotect (p.b, FALSE, (guint8 *) again,
            &size));
  }
  srtp_session_get_dropped (p.b, &d);
  g_assert_cmpuint (d.forged + d.malformed, ==, n);
  g_assert_cmpuint (d.forged, >, n - 4);
  g_assert_cmpuint (d.replayed, ==, 0);
  memcpy (again, data, sizeof data);
  size = n;
  g_assert_true (srtp_session_unprotect (p.b, FALSE, (guint8 *) data, &size));
  size = n;
  g_assert_false (srtp_session_unprotect (p.b, FALSE, (guint8 *) again, &size));
  srtp_session_get_dropped (p.b, &d);
  g_assert_cmpuint (d.replayed, ==, 1);
  tear_down (&p);
}

static void
too_short (void)
{
  guint32 data[16] = { 0x80 };
  SrtpDropped d;
  gsize size;
  Pair p;

  set_up (&p, DTLS_SRTP_AEAD_AES_128_GCM);
  for (size = 0; size < 24; size++) {
    gsize n = size;

    make_packet ((guint8 *) data, size & 1, 1);
    g_assert_false (srtp_session_unprotect (p.b, size & 1, (guint8 *) data,
            &n));
  }
  srtp_session_get_dropped (p.b, &d);
  g_assert_cmpuint (d.forged + d.malformed, ==, 24);
  size = 24;
  g_assert_false (srtp_session_protect (p.a, FALSE, (guint8 *) data, &size,
          24 + SRTP_MAX_GROWTH - 1));
  size = 11;
  g_assert_false (srtp_session_protect (p.a, FALSE, (guint8 *) data, &size,
          64));
  tear_down (&p);
}

/* A forgotten source begins anew. */
static void
forget (void)
{
  guint32 data[16], again[16];
  gsize size, n;
  Pair p;

  set_up (&p, DTLS_SRTP_AES_128_CM_SHA1_80);
  n = size = protected_packet (p.a, (guint8 *) data, FALSE, 5);
  memcpy (again, data, sizeof data);
  g_assert_true (srtp_session_unprotect (p.b, FALSE, (guint8 *) data, &size));
  srtp_session_forget (p.b, 9);
  srtp_session_forget (p.b, 12345);
  g_assert_true (srtp_session_unprotect (p.b, FALSE, (guint8 *) again, &n));
  tear_down (&p);
}

static gsize
packet_of (SrtpSession * session, guint8 * data, guint16 ssrc, guint16 sequence)
{
  gsize size = make_packet (data, FALSE, sequence);

  data[10] = ssrc >> 8;
  data[11] = ssrc;
  g_assert_true (srtp_session_protect (session, FALSE, data, &size, 64));
  return size;
}

/* A packet of a source that is remembered is a replay, of others it is new. */
static void
hear (Pair * p, guint16 ssrc, guint16 sequence, guint32 * again)
{
  guint32 data[16];
  gsize size = packet_of (p->a, (guint8 *) data, ssrc, sequence);

  if (again)
    memcpy (again, data, sizeof data);
  g_assert_true (srtp_session_unprotect (p->b, FALSE, (guint8 *) data, &size));
}

static gboolean
is_new (Pair * p, guint32 * packet)
{
  gsize size = 34;              /* with a tag of ten bytes */

  return srtp_session_unprotect (p->b, FALSE, (guint8 *) packet, &size);
}

/* Sources come and go: those of old do not fill the session, and whoever
 * speaks now and then is not forgotten for them. */
static void
many_sources (void)
{
  guint32 oldest[16], kept[16], latest[16];
  Pair p;

  set_up (&p, DTLS_SRTP_AES_128_CM_SHA1_80);
  hear (&p, 1, 1, oldest);
  hear (&p, 2, 1, kept);
  for (guint i = 0; i < 2000; i++) {
    hear (&p, 10 + i, 1, latest);
    if (i % 100 == 0)
      hear (&p, 2, 2 + i / 100, NULL);
  }
  g_assert_true (is_new (&p, oldest));
  g_assert_false (is_new (&p, kept));
  g_assert_false (is_new (&p, latest));
  tear_down (&p);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/srtp-session/there-and-back", there_and_back);
  g_test_add_func ("/srtp-session/vector", vector);
  g_test_add_func ("/srtp-session/dropped", dropped);
  g_test_add_func ("/srtp-session/too-short", too_short);
  g_test_add_func ("/srtp-session/forget", forget);
  g_test_add_func ("/srtp-session/many-sources", many_sources);
  return g_test_run ();
}
