// La grabadora: lo que graba de una conversación conocida es lo que TCP manda, y lo que no puede grabar lo dice.
#include "demo/recorder/recorder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "demo/page/page.hpp"
#include "demo/recorder/calls.hpp"
#include "demo/recorder/segments.hpp"

namespace {

using demo::Event;
using demo::Recording;
using demo::Segment;
using demo::StateMachine;
using demo::text_in;

bool is(const Event& event, const char* kind) { return event["kind"] == kind; }

std::int64_t time_of(const Event& event) { return event["t"].get<std::int64_t>(); }

// Una conversación de verdad: el cliente conecta desde 127.0.0.2, envía «uno» y «dos» y el servidor responde y cierra
// primero. La hace otro proceso, como una demostración.
const Recording& conversation() {
  static const Recording recording = demo::record([](const std::string& log) {
    return std::vector<std::string>{"python3", TEST_PROGRAMS "/recorded.py", log};
  });
  return recording;
}

// Donde no se puede grabar todo, estas pruebas no tienen qué mirar, y la de abajo comprueba que se dice.
#define NEEDS_EVERYTHING() \
  if (!conversation().missing.empty()) GTEST_SKIP() << conversation().missing.front()

std::vector<Event> of_kind(const char* kind) {
  std::vector<Event> found;
  for (const Event& event : conversation().events) {
    if (is(event, kind)) found.push_back(event);
  }
  return found;
}

Event call_of(const std::string& actor, const std::string& name) {
  for (const Event& call : of_kind("call")) {
    if (call["actor"] == actor && call["call"] == name) return call;
  }
  ADD_FAILURE() << "no está grabada la llamada " << name << " de: " << actor;
  return demo::make_event(0, actor, "call");
}

bool from_client(const Event& segment) { return text_in(segment, "from").starts_with("127.0.0.2:"); }

TEST(Recording, EndsLikeTheDemonstration) {
  EXPECT_EQ(conversation().status, 0);
  for (const std::string& sentence : conversation().missing) EXPECT_TRUE(sentence.ends_with(".")) << sentence;
}

TEST(Recording, TheHandshakeIsThreeSegmentsBeforeAcceptReturns) {
  NEEDS_EVERYTHING();
  const auto segments = of_kind("segment");
  ASSERT_GE(segments.size(), 3U);
  EXPECT_EQ(segments[0]["flags"], "SYN");
  EXPECT_TRUE(from_client(segments[0]));
  EXPECT_EQ(segments[1]["flags"], "SYN ACK");
  EXPECT_FALSE(from_client(segments[1]));
  EXPECT_EQ(segments[1]["ack"], 1) << "un SYN ocupa un número de secuencia";
  EXPECT_EQ(segments[2]["flags"], "ACK");
  EXPECT_TRUE(from_client(segments[2]));
  const Event accept = call_of("programa", "accept");
  EXPECT_GE(time_of(accept) + accept["ns"].get<std::int64_t>(), time_of(segments[2]));
  EXPECT_LE(time_of(call_of("demostración", "connect")), time_of(segments[0]));
}

TEST(Recording, TheSegmentsCarryTheBytesThatWereSentInOrder) {
  NEEDS_EVERYTHING();
  std::map<bool, std::string> carried;
  std::map<bool, std::size_t> next{{true, 1}, {false, 1}};
  for (const Event& segment : of_kind("segment")) {
    const auto length = segment["len"].get<std::size_t>();
    if (length == 0) continue;
    EXPECT_EQ(segment["seq"].get<std::size_t>(), next[from_client(segment)]);
    next[from_client(segment)] += length;
    carried[from_client(segment)] += text_in(segment, "data");
  }
  EXPECT_EQ(carried[true], "unodos");
  EXPECT_EQ(carried[false], "respuesta");
  std::map<std::string, std::size_t> bytes;
  for (const Event& call : of_kind("call")) {
    if (call.contains("bytes"))
      bytes[text_in(call, "actor") + text_in(call, "call")] += call["bytes"].get<std::size_t>();
  }
  EXPECT_EQ(bytes, (std::map<std::string, std::size_t>{
                       {"demostraciónsend", 6}, {"programarecv", 6}, {"programasend", 9}, {"demostraciónrecv", 9}}));
}

TEST(Recording, WhoClosesFirstEndsInTimeWait) {
  NEEDS_EVERYTHING();
  const auto segments = of_kind("segment");
  const auto first = std::find_if(segments.begin(), segments.end(), [](const Event& segment) {
    return text_in(segment, "flags").find("FIN") != std::string::npos;
  });
  ASSERT_NE(first, segments.end());
  EXPECT_FALSE(from_client(*first)) << "cierra primero el servidor";
  std::map<std::string, std::string> last;
  for (const Event& state : of_kind("state")) {
    if (!text_in(state, "remote").empty()) last[text_in(state, "local")] = text_in(state, "state");
  }
  EXPECT_EQ(last[text_in(*first, "from")], "TIME_WAIT");
  EXPECT_EQ(last[text_in(*first, "to")], "CLOSED");
}

TEST(Recording, TheStatesFollowTheTransitionsOfTheStandardAndTheKernelAgrees) {
  NEEDS_EVERYTHING();
  const std::set<std::pair<std::string, std::string>> allowed{
      // RFC 9293, §3.3.2, figura 5
      {"CLOSED", "SYN_SENT"},      {"LISTEN", "SYN_RECV"},       {"SYN_SENT", "ESTABLISHED"},
      {"SYN_RECV", "ESTABLISHED"}, {"ESTABLISHED", "FIN_WAIT1"}, {"ESTABLISHED", "CLOSE_WAIT"},
      {"FIN_WAIT1", "FIN_WAIT2"},  {"FIN_WAIT1", "CLOSING"},     {"FIN_WAIT2", "TIME_WAIT"},
      {"CLOSING", "TIME_WAIT"},    {"CLOSE_WAIT", "LAST_ACK"},   {"LAST_ACK", "CLOSED"}};
  std::size_t changes = 0;
  for (const Event& state : of_kind("state")) {
    if (state["how"] != "segmento") continue;
    ++changes;
    const std::pair change{text_in(state, "before"), text_in(state, "state")};
    EXPECT_TRUE(allowed.contains(change)) << change.first << " → " << change.second;
  }
  EXPECT_EQ(changes, 10U) << "cuatro para establecerse y seis para cerrarse";
  const auto [seen, wrong] = demo::agreement(conversation().events);
  EXPECT_GT(seen, 0U);
  EXPECT_EQ(wrong, 0U);
}

TEST(Recording, IsInOrderAndEveryLineIsAnEvent) {
  std::int64_t last = 0;
  std::istringstream lines{demo::to_ndjson(conversation().events)};
  for (std::string line; std::getline(lines, line);) {
    const Event event = Event::parse(line);
    for (const char* field : {"t", "actor", "kind"}) EXPECT_TRUE(event.contains(field)) << line;
    EXPECT_GE(time_of(event), last);
    last = time_of(event);
  }
  EXPECT_GT(last, 0);
}

TEST(Recording, APageNeedsNothingFromOutside) {
  const demo::Story story = demo::tell_story(conversation().events, conversation().missing);
  ASSERT_EQ(story.scenes.size(), 1U);
  const std::string page = demo::page(story);
  for (const char* outside : {"http:", "https:", "@import", " src=", "url("}) {
    EXPECT_EQ(page.find(outside), std::string::npos) << outside;
  }
  EXPECT_NE(page.find("&lt;y &quot;comillas&quot;&gt;"), std::string::npos) << "el texto ajeno va escapado";
  EXPECT_EQ(page.find("{{"), std::string::npos);
}

TEST(Recording, AFigureOfAStepThatDoesNotExistSaysWhichOnesDo) {
  const demo::Story story = demo::tell_story(conversation().events, {});
  EXPECT_NE(demo::figure(story, "1").find("<svg"), std::string::npos);
  try {
    demo::figure(story, "7");
    ADD_FAILURE() << "tenía que fallar";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "esperaba en SCENE un paso de la demostración, de 1 a 1, y llegó SCENE=7");
  }
}

Segment segment(bool from_client_side, const std::string& flags, std::uint32_t sequence, std::uint32_t acknowledged) {
  Segment made;
  made.from = from_client_side ? "c" : "s";
  made.to = from_client_side ? "s" : "c";
  made.sequence = sequence;
  made.acknowledged = acknowledged;
  made.syn = flags.find('S') != std::string::npos;
  made.ack = flags.find('A') != std::string::npos;
  made.fin = flags.find('F') != std::string::npos;
  made.rst = flags.find('R') != std::string::npos;
  return made;
}

std::string told(StateMachine& machine, const Segment& seen) {
  std::string text;
  for (const auto& change : machine.sees(seen)) {
    text += (text.empty() ? "" : ", ") + change.local + ' ' + change.before + '>' + change.after;
  }
  return text;
}

TEST(StateMachine, ASynThatNobodyAnswersLeavesTheListenerAsItWas) {
  StateMachine machine;
  EXPECT_EQ(told(machine, segment(true, "S", 100, 0)), "c CLOSED>SYN_SENT");
  EXPECT_EQ(told(machine, segment(true, "S", 100, 0)), "") << "una repetición no cambia nada";
  EXPECT_EQ(told(machine, segment(false, "RA", 0, 101)), "c SYN_SENT>CLOSED");
}

TEST(StateMachine, WhoClosesFirstWaitsAndTheOtherDoesNot) {
  StateMachine machine;
  told(machine, segment(true, "S", 100, 0));
  told(machine, segment(false, "SA", 500, 101));
  told(machine, segment(true, "A", 101, 501));
  EXPECT_EQ(told(machine, segment(true, "FA", 101, 501)), "c ESTABLISHED>FIN_WAIT1, s ESTABLISHED>CLOSE_WAIT");
  EXPECT_EQ(told(machine, segment(false, "FA", 501, 102)),
            "s CLOSE_WAIT>LAST_ACK, c FIN_WAIT1>FIN_WAIT2, c FIN_WAIT2>TIME_WAIT");
  EXPECT_EQ(told(machine, segment(true, "A", 102, 502)), "s LAST_ACK>CLOSED");
}

TEST(Segments, WhatIsNotTcpOrIsCutIsNotASegment) {
  EXPECT_FALSE(demo::decode({}));
  std::vector<unsigned char> frame(60, 0);
  frame[12] = 0x08;
  EXPECT_FALSE(demo::decode(frame)) << "no es TCP";
  frame[14] = 0x45;
  frame[17] = 40;
  frame[23] = 6;
  frame[46] = 0x50;
  ASSERT_TRUE(demo::decode(frame));
  for (std::size_t size = 0; size < 54; ++size) {
    EXPECT_FALSE(demo::decode({frame.data(), size})) << size;
  }
}

TEST(Calls, AreReadFromWhatStraceWrites) {
  std::istringstream log{
      "10 1.000000001 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3<TCP:[77]> <0.000000500>\n"
      "20 1.000000002 accept4(3<TCP:[127.0.0.1:80]>,  <unfinished ...>\n"
      "10 1.000000003 sendto(3<TCP:[127.0.0.2:9->127.0.0.1:80]>, \"a <b> ) = 1\", 11, MSG_NOSIGNAL, NULL, 0) = 11 "
      "<0.000000010>\n"
      "20 1.000000009 <... accept4 resumed>{sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr(\"127.0.0.2\")}, "
      "[16], 0) = 4<TCP:[127.0.0.1:80->127.0.0.2:9]> <0.000000007>\n"
      "20 1.000000010 recvfrom(4<TCP:[127.0.0.1:80->127.0.0.2:9]>, 0x7ffc000000, 10, 0, NULL, NULL) = ? ERESTARTSYS "
      "(To be restarted) <0.5>\n"
      "10 1.000000011 recvfrom(3<TCP:[127.0.0.2:9->127.0.0.1:80]>, 0x7ffc000000, 10, MSG_DONTWAIT, NULL, NULL) = -1 "
      "EAGAIN (x) <0.1>\n"
      "10 1.000000012 close(9<TCP:[127.0.0.1:80->127.0.0.2:9]>) = 0 <0.1>\n"
      "20 1.000000013 close(4<TCP:[127.0.0.1:80->127.0.0.2:9]>) = -1 EBADF (Bad file descriptor) <0.1>\n"
      "esto no es de strace\n"};
  const auto calls = demo::read_calls(log, {10, {20}, 1'000'000'000});
  std::string text;
  for (const Event& call : calls) {
    text += text_in(call, "call") + '(' + text_in(call, "args") + ')' +
            (call.contains("result") ? '=' + std::to_string(call["result"].get<int>()) : "") + text_in(call, "error") +
            '\n';
  }
  EXPECT_EQ(text,
            "socket(AF_INET, SOCK_STREAM, IPPROTO_IP)=3\n"
            "accept(3)=4\n"
            "send(3, \"a <b> ) = 1\", 11, MSG_NOSIGNAL)=11\n"
            "recv(4, …, 10, 0)\n"
            "close(4)=-1EBADF\n")
      << "sobran las miradas de la demostración y los descriptores que toma prestados";
  ASSERT_EQ(calls.size(), 5U);
  EXPECT_EQ(calls[1]["t"], 2);
  EXPECT_EQ(calls[1]["ns"], 7);
  EXPECT_EQ(calls[1]["remote"], "127.0.0.2:9");
}

}  // namespace
