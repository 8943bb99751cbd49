"""Local: a real language model of 135 M parameters, run by llama.cpp as a child process."""
