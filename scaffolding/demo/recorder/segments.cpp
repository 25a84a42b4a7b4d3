#include "demo/recorder/segments.hpp"

#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>

#ifdef DEMO_HAS_PCAP
#include <pcap/pcap.h>
#endif

namespace demo {
namespace {

constexpr std::size_t ethernet_header = 14;
constexpr std::size_t kept_data = 64;  // bytes de datos que se guardan de cada segmento

// Una cabecera, copiada: dentro de la trama no tiene por qué estar alineada.
template <typename Header>
std::optional<Header> header_at(std::span<const unsigned char> bytes) {
  if (bytes.size() < sizeof(Header)) return std::nullopt;
  Header header{};
  std::memcpy(&header, bytes.data(), sizeof header);
  return header;
}

std::string text_of(int family, const void* address, std::uint16_t port) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(family, address, text.data(), text.size());
  const std::string host{text.data()};
  return (family == AF_INET6 ? '[' + host + ']' : host) + ':' + std::to_string(ntohs(port));
}

std::string flags_of(const Segment& segment) {
  std::string text;
  const auto add = [&](bool set, const char* name) {
    if (set) text += (text.empty() ? "" : " ") + std::string{name};
  };
  add(segment.syn, "SYN");
  add(segment.fin, "FIN");
  add(segment.rst, "RST");
  add(segment.psh, "PSH");
  add(segment.ack, "ACK");
  return text;
}

bool is(const char* state, const char* name) { return std::strcmp(state, name) == 0; }

// Los datos, legibles: lo que no es texto se escribe como en C++.
std::string readable(const std::string& data) {
  constexpr const char* digits = "0123456789abcdef";
  std::string text;
  for (const char character : data) {
    const auto byte = static_cast<unsigned char>(character);
    if (character == '\n') {
      text += "\\n";
    } else if (character == '\r') {
      text += "\\r";
    } else if (byte < 0x20 || byte >= 0x7f) {
      text += std::string{"\\x"} + digits[byte / 16] + digits[byte % 16];
    } else {
      text += character;
    }
  }
  return text;
}

}  // namespace

std::optional<Segment> decode(std::span<const unsigned char> frame) {
  if (frame.size() < ethernet_header) return std::nullopt;
  const unsigned type = frame[12] * 256U + frame[13];
  std::span<const unsigned char> packet = frame.subspan(ethernet_header);
  int family = AF_INET;
  in6_addr source{};
  in6_addr target{};
  std::size_t size = 0;  // de la carga de IP, según IP: la captura puede ser más corta
  std::size_t header_size = 0;
  if (const auto ip = header_at<iphdr>(packet); type == 0x0800 && ip && ip->protocol == IPPROTO_TCP) {
    header_size = std::size_t{ip->ihl} * 4;
    size = ntohs(ip->tot_len);
    std::memcpy(&source, &ip->saddr, sizeof ip->saddr);
    std::memcpy(&target, &ip->daddr, sizeof ip->daddr);
  } else if (const auto ip6 = header_at<ip6_hdr>(packet); type == 0x86dd && ip6 && ip6->ip6_nxt == IPPROTO_TCP) {
    family = AF_INET6;
    header_size = sizeof(ip6_hdr);
    size = header_size + ntohs(ip6->ip6_plen);
    source = ip6->ip6_src;
    target = ip6->ip6_dst;
  } else {
    return std::nullopt;
  }
  if (packet.size() < header_size) return std::nullopt;
  packet = packet.subspan(header_size);
  const auto tcp = header_at<tcphdr>(packet);
  if (!tcp) return std::nullopt;
  const std::size_t tcp_header = std::size_t{tcp->doff} * 4;
  if (size < header_size + tcp_header) return std::nullopt;
  Segment segment;
  segment.from = text_of(family, &source, tcp->source);
  segment.to = text_of(family, &target, tcp->dest);
  segment.sequence = ntohl(tcp->seq);
  segment.acknowledged = ntohl(tcp->ack_seq);
  segment.window = ntohs(tcp->window);
  segment.syn = tcp->syn != 0;
  segment.ack = tcp->ack != 0;
  segment.fin = tcp->fin != 0;
  segment.rst = tcp->rst != 0;
  segment.psh = tcp->psh != 0;
  segment.length = size - header_size - tcp_header;
  if (packet.size() > tcp_header) {
    packet = packet.subspan(tcp_header);
    packet = packet.first(std::min({packet.size(), segment.length, kept_data}));
    segment.data.assign(packet.begin(), packet.end());
  }
  return segment;
}

#ifdef DEMO_HAS_PCAP

struct Capture::Handle {
  pcap_t* pcap = nullptr;
  ~Handle() {
    if (pcap != nullptr) ::pcap_close(pcap);
  }
};

Capture::Capture() : handle_{std::make_unique<Handle>()} {
  constexpr int longest_headers = 160;
  constexpr int buffer_size = 16 << 20;
  std::array<char, PCAP_ERRBUF_SIZE> error{};
  pcap_t* pcap = handle_->pcap = ::pcap_create("lo", error.data());
  if (pcap == nullptr) throw std::runtime_error{error.data()};
  ::pcap_set_snaplen(pcap, longest_headers + static_cast<int>(kept_data));
  ::pcap_set_immediate_mode(pcap, 1);
  ::pcap_set_buffer_size(pcap, buffer_size);
  ::pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
  if (::pcap_activate(pcap) < 0) throw std::runtime_error{::pcap_geterr(pcap)};
  if (::pcap_setnonblock(pcap, 1, error.data()) == -1) throw std::runtime_error{error.data()};
  if (::pcap_datalink(pcap) != DLT_EN10MB) throw std::runtime_error{"la interfaz de bucle no da tramas Ethernet"};
}

int Capture::descriptor() const { return ::pcap_get_selectable_fd(handle_->pcap); }

void Capture::collect(std::int64_t offset) {
  const bool nano = ::pcap_get_tstamp_precision(handle_->pcap) == PCAP_TSTAMP_PRECISION_NANO;
  pcap_pkthdr* header = nullptr;
  const unsigned char* bytes = nullptr;
  while (::pcap_next_ex(handle_->pcap, &header, &bytes) == 1) {
    auto segment = decode({bytes, header->caplen});
    if (!segment) continue;
    const std::int64_t fraction = header->ts.tv_usec;  // con esa precisión, nanosegundos
    segment->time = header->ts.tv_sec * std::int64_t{1'000'000'000} + fraction * (nano ? 1 : 1000) - offset;
    segments_.push_back(std::move(*segment));
  }
}

unsigned Capture::lost() const {
  pcap_stat counts{};
  return ::pcap_stats(handle_->pcap, &counts) == 0 ? counts.ps_drop : 0;
}

#else

struct Capture::Handle {};
Capture::Capture() { throw std::runtime_error{"el kit se construyó sin libpcap (paquete libpcap-dev)"}; }
int Capture::descriptor() const { return -1; }
void Capture::collect(std::int64_t) {}
unsigned Capture::lost() const { return 0; }

#endif

Capture::~Capture() = default;

std::vector<StateMachine::Change> StateMachine::sees(const Segment& segment) {
  std::vector<Change> changes;
  const auto moves = [&](bool sender, const char* after) {
    End& end = ends_[sender ? Ends{segment.from, segment.to} : Ends{segment.to, segment.from}];
    changes.push_back({sender ? segment.from : segment.to, sender ? segment.to : segment.from, end.state, after});
    end.state = after;
  };
  End& sender = ends_[{segment.from, segment.to}];
  End& receiver = ends_[{segment.to, segment.from}];

  if (segment.rst) {
    // Quien no sabe nada de una conexión la rechaza sin haber tenido ninguna.
    if (!is(sender.state, "CLOSED")) moves(true, "CLOSED");
    if (!is(receiver.state, "CLOSED") && !is(receiver.state, "TIME_WAIT")) moves(false, "CLOSED");
    return changes;
  }
  if (segment.syn && !segment.ack) {
    if (is(sender.state, "CLOSED") || is(sender.state, "TIME_WAIT")) {
      sender = {sender.state, segment.sequence, std::nullopt};
      moves(true, "SYN_SENT");
    }
    return changes;
  }
  if (segment.syn) {
    // Que el SYN llegó a alguien que escuchaba se sabe por la respuesta: con la cola llena no la hay.
    if (is(receiver.state, "SYN_SENT")) {
      if (!is(sender.state, "SYN_RECV")) {
        sender = {"LISTEN", segment.sequence, std::nullopt};
        moves(true, "SYN_RECV");
      }
      moves(false, "ESTABLISHED");
    }
    return changes;
  }
  if (segment.fin) {
    sender.fin = segment.sequence + static_cast<std::uint32_t>(segment.length) + 1;
    if (is(sender.state, "ESTABLISHED")) moves(true, "FIN_WAIT1");
    if (is(sender.state, "CLOSE_WAIT")) moves(true, "LAST_ACK");
  }
  // Quien recibe el acuse de su SYN, o de su FIN.
  if (is(receiver.state, "SYN_RECV")) moves(false, "ESTABLISHED");
  if (receiver.fin && segment.acknowledged == *receiver.fin) {
    if (is(receiver.state, "FIN_WAIT1")) moves(false, "FIN_WAIT2");
    if (is(receiver.state, "CLOSING")) moves(false, "TIME_WAIT");
    if (is(receiver.state, "LAST_ACK")) moves(false, "CLOSED");
  }
  if (!segment.fin) return changes;
  if (is(receiver.state, "ESTABLISHED")) {
    moves(false, "CLOSE_WAIT");
  } else if (is(receiver.state, "FIN_WAIT1")) {
    moves(false, "CLOSING");
  } else if (is(receiver.state, "FIN_WAIT2")) {
    moves(false, "TIME_WAIT");
  }
  return changes;
}

Event StateMachine::to_event(const Segment& segment) const {
  const auto first_of = [this](const std::string& local, const std::string& remote) {
    const auto found = ends_.find({local, remote});
    return found == ends_.end() ? 0U : found->second.first;
  };
  Event event = make_event(segment.time, "núcleo", "segment");
  event["from"] = segment.from;
  event["to"] = segment.to;
  event["flags"] = flags_of(segment);
  event["seq"] = segment.sequence - (segment.rst && segment.sequence == 0 ? 0 : first_of(segment.from, segment.to));
  event["ack"] = segment.ack ? segment.acknowledged - first_of(segment.to, segment.from) : 0;
  event["len"] = segment.length;
  event["window"] = segment.window;
  if (!segment.data.empty()) event["data"] = readable(segment.data);
  return event;
}

}  // namespace demo
