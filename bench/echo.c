/* The floor: a loop that receives and sends in batches and does nothing else. What it costs is the kernel's part of any UDP
 * server on this machine. It prints its port, and ends when its standard input does.
 *
 *   echo [address]
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCH 64
#define ROOM 4096

static char packets[BATCH][ROOM];
static struct sockaddr_in sources[BATCH];
static struct iovec in[BATCH], out[BATCH];
static struct mmsghdr received[BATCH], answers[BATCH];

int main(int argc, char **argv) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  int size = 4 << 20;
  struct sockaddr_in own = {.sin_family = AF_INET};
  socklen_t length = sizeof own;
  inet_pton(AF_INET, argc > 1 ? argv[1] : "127.0.0.1", &own.sin_addr);
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size)) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  int omit = IP_PMTUDISC_OMIT;
  setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &omit, sizeof omit);
  if (bind(fd, (struct sockaddr *)&own, sizeof own) || getsockname(fd, (struct sockaddr *)&own, &length)) return 1;
  printf("%d\n", ntohs(own.sin_port));
  fflush(stdout);
  for (int i = 0; i < BATCH; i++) {
    in[i] = out[i] = (struct iovec){packets[i], ROOM};
    received[i].msg_hdr = (struct msghdr){.msg_name = &sources[i], .msg_iov = &in[i], .msg_iovlen = 1};
    answers[i].msg_hdr = (struct msghdr){.msg_name = &sources[i], .msg_iov = &out[i], .msg_iovlen = 1};
  }
  struct pollfd wait[2] = {{.fd = fd, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
  while (poll(wait, 2, -1) >= 0 && !wait[1].revents) {
    for (int i = 0; i < BATCH; i++) received[i].msg_hdr.msg_namelen = sizeof own;
    int got = recvmmsg(fd, received, BATCH, MSG_DONTWAIT, NULL);
    for (int i = 0; i < got; i++) {
      packets[i][2] |= 0x80;
      out[i].iov_len = received[i].msg_len;
      answers[i].msg_hdr.msg_namelen = received[i].msg_hdr.msg_namelen;
    }
    for (int sent = 0; sent < got;) {
      int more = sendmmsg(fd, answers + sent, got - sent, 0);
      sent += more > 0 ? more : 1;
    }
  }
  return 0;
}
