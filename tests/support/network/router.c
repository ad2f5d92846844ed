/*
 * A network in one process, for tests: it makes network namespaces, gives each a device, and passes the
 * packets between them on, later or not at all as its standard input says. The kernel removes all of it
 * when this process has ended, however it ends: nothing has a name.
 *
 *   router <places>
 *
 * Place n has the addresses 10.77.n.0/24 and the namespace /proc/<id of this process>/fd/<2 + n>. A line
 * of input is one of
 *
 *   delay <milliseconds>                          of each packet
 *   drop <protocol> <from> <to> <percent>         of the packets of an IP protocol between two places; 0 is any
 *   clear                                         no delay, and nothing is dropped
 *
 * and is answered by `done`. It ends with its input.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define FIRST_NAMESPACE 3 /* the first descriptor that is free */
#define MAX_PLACES 8
#define MAX_RULES 16
#define MAX_WAITING 65536
#define MAX_PACKET 1500

struct packet {
  int64_t due;
  int to;
  int size;
  unsigned char bytes[MAX_PACKET];
};

struct rule {
  int protocol, from, to;
  double percent;
};

static int places;
static int devices[MAX_PLACES + 1]; /* by place, from 1 */
static struct rule rules[MAX_RULES];
static int rule_count;
static int64_t delay; /* nanoseconds */
static struct packet *waiting[MAX_WAITING];
static unsigned first, next; /* of those that wait, modulo MAX_WAITING */

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static int open_or_die(const char *path, int flags) {
  int file = open(path, flags | O_CLOEXEC);
  if (file < 0) err(1, "%s", path);
  return file;
}

/* Called once for each place, in order, so that the descriptors of the namespaces follow each other. */
static void make_namespace(int place) {
  if (unshare(CLONE_NEWNET) < 0) err(1, "unshare");
  int namespace = open_or_die("/proc/self/ns/net", O_RDONLY);
  if (namespace != FIRST_NAMESPACE + place - 1) errx(1, "descriptor %d is not free", namespace);
}

static int make_device(int place) {
  if (setns(FIRST_NAMESPACE + place - 1, CLONE_NEWNET) < 0) err(1, "setns");
  int device = open_or_die("/dev/net/tun", O_RDWR | O_NONBLOCK);
  struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
  /* Browsers take other names for a VPN's. */
  strcpy(request.ifr_name, "eth0");
  if (ioctl(device, TUNSETIFF, &request) < 0) err(1, "TUNSETIFF");
  return device;
}

static int is_dropped(int protocol, int from, int to) {
  for (int n = 0; n < rule_count; n += 1) {
    struct rule rule = rules[n];
    if ((rule.protocol == 0 || rule.protocol == protocol) && (rule.from == 0 || rule.from == from) &&
        (rule.to == 0 || rule.to == to) && drand48() * 100 < rule.percent)
      return 1;
  }
  return 0;
}

static void receive(int place) {
  unsigned char bytes[MAX_PACKET];
  int size;
  while ((size = read(devices[place], bytes, sizeof bytes)) > 0) {
    /* IPv4, from 10.77.<place>.0/24 to that of another place. */
    if (size < 20 || bytes[0] >> 4 != 4 || bytes[16] != 10 || bytes[17] != 77) continue;
    if (bytes[14] != place) continue;
    int to = bytes[18];
    if (to < 1 || to > places || is_dropped(bytes[9], place, to)) continue;
    if (next - first == MAX_WAITING) continue;
    struct packet *packet = malloc(sizeof *packet);
    if (packet == NULL) err(1, "malloc");
    packet->due = now() + delay;
    packet->to = to;
    packet->size = size;
    memcpy(packet->bytes, bytes, size);
    waiting[next++ % MAX_WAITING] = packet;
  }
}

/* Returns the nanoseconds until the next one is due, negative for never. */
static int64_t deliver(void) {
  while (first != next) {
    struct packet *packet = waiting[first % MAX_WAITING];
    int64_t left = packet->due - now();
    if (left > 0) return left;
    /* A device that is down loses it, as any network does. */
    if (write(devices[packet->to], packet->bytes, packet->size) < 0) {}
    free(packet);
    first += 1;
  }
  return -1;
}

static void obey(const char *line) {
  struct rule rule;
  double milliseconds;
  if (sscanf(line, "delay %lf", &milliseconds) == 1) {
    delay = milliseconds * 1e6;
  } else if (sscanf(line, "drop %d %d %d %lf", &rule.protocol, &rule.from, &rule.to, &rule.percent) == 4) {
    if (rule_count == MAX_RULES) errx(1, "too many rules");
    rules[rule_count++] = rule;
  } else if (strcmp(line, "clear\n") == 0) {
    delay = 0;
    rule_count = 0;
  } else {
    errx(1, "no such command: %s", line);
  }
  puts("done");
}

int main(int count, char **arguments) {
  places = count == 2 ? atoi(arguments[1]) : 0;
  if (places < 1 || places > MAX_PLACES) errx(1, "router <1 to %d places>", MAX_PLACES);
  for (int place = 1; place <= places; place += 1) make_namespace(place);
  for (int place = 1; place <= places; place += 1) devices[place] = make_device(place);
  setlinebuf(stdout);
  setvbuf(stdin, NULL, _IONBF, 0);
  puts("ready");

  struct pollfd files[MAX_PLACES + 1] = {{.fd = STDIN_FILENO, .events = POLLIN}};
  for (int place = 1; place <= places; place += 1) {
    files[place] = (struct pollfd){.fd = devices[place], .events = POLLIN};
  }
  for (;;) {
    int64_t left = deliver();
    struct timespec limit = {left / 1000000000, left % 1000000000};
    if (ppoll(files, places + 1, left < 0 ? NULL : &limit, NULL) < 0) err(1, "ppoll");
    for (int place = 1; place <= places; place += 1) {
      if (files[place].revents != 0) receive(place);
    }
    if (files[0].revents != 0) {
      char line[128];
      if (fgets(line, sizeof line, stdin) == NULL) return 0;
      obey(line);
    }
  }
}
