// pcap-loop FILE: reads every packet with libpcap and looks at one byte of each: the least that any tool built on
// it can cost.
#include <pcap/pcap.h>
#include <stdio.h>

static unsigned long packets, sum;

static void count(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes) {
  (void)user;
  packets++;
  if (header->caplen > 0) sum += bytes[header->caplen - 1];
}

int main(int argument_count, char **arguments) {
  char error[PCAP_ERRBUF_SIZE];
  if (argument_count != 2) return 2;
  pcap_t *capture = pcap_open_offline(arguments[1], error);
  if (!capture) {
    fprintf(stderr, "%s\n", error);
    return 1;
  }
  int result = pcap_loop(capture, 0, count, NULL);
  printf("%lu packets, sum %lu\n", packets, sum);
  pcap_close(capture);
  return result == 0 ? 0 : 1;
}
